"""Store and node: is the disk the problem, and will it run full?"""

from .panel import board, heatmap, quantiles, series, stat

NOW = [
    stat("Damaged blocks", "Blocks that the store could not give back as they came, in the "
         "selected time. Must be 0; a block that is fetched again is mended.",
         'sum(increase(bitswap_store_operations_total{%,result="corrupt"}[$__range]))',
         thresholds=[("green", None), ("red", 1)]),
    stat("Failed commits", "Commits that the disk failed, in the selected time. Must be 0; look at "
         "free space and the system's log.",
         "sum(increase(bitswap_store_failed_commits_total{%}[$__range]))",
         thresholds=[("green", None), ("red", 1)]),
    stat("Stores that cannot write", "Stores whose last commit failed, as on a full disk. Must be 0; "
         "`/readyz` says why.",
         "sum(bitswap_store_failing{%})", thresholds=[("green", None), ("red", 1)]),
    stat("Blocks", "Blocks in the stores that can tell.", "sum(bitswap_store_blocks{%})"),
    stat("Bytes", "What the stores take on their disks.", "sum(bitswap_store_bytes{%})", "bytes"),
    stat("Least free", "Free share of the fullest disk. Below 5 % an alert fires.",
         "min(bitswap_store_disk_free_bytes{%} / bitswap_store_disk_size_bytes{%})", "percentunit",
         [("red", None), ("orange", 0.05), ("green", 0.15)]),
    stat("Engine last seen", "Seconds since the engine told its counts; it does so each second. "
         "Above 30 an alert fires.",
         "max(time() - bitswap_engine_last_progress_timestamp_seconds{%})", "s",
         [("green", None), ("red", 30)]),
]

STORE = [
    series("Operations", "What the store is asked, in blocks; list and sync in calls.",
           ("sum by (op) (rate(bitswap_store_operations_total{%}[$__rate_interval]))", "{{op}}"),
           unit="ops"),
    series("Time of a call, p99", "99 of 100 calls took no longer. Reads far above 10 ms are a "
           "busy disk.",
           ("histogram_quantile(0.99, sum by (le, op) "
            "(rate(bitswap_store_operation_seconds_bucket{%}[$__rate_interval])))", "{{op}}"),
           unit="s"),
    heatmap("Time of reads", "How many calls of get per second took how long. Two bands are the "
            "page cache and the disk.",
            'sum by (le) (rate(bitswap_store_operation_seconds_bucket{%,op="get"}'
            "[$__rate_interval]))"),
    series("Results", "How operations end. failed and corrupt must be 0; missing is usual for has.",
           ("sum by (op, result) (rate(bitswap_store_operations_total{%,result!=\"ok\"}"
            "[$__rate_interval]))", "{{op}} {{result}}"), unit="ops"),
    series("Size and free space", "What the store takes and what is free beside it, with where the "
           "free space is in a day if it goes on as in the last hour.",
           ("bitswap_store_bytes{%}", "{{instance}} store"),
           ("bitswap_store_disk_free_bytes{%}", "{{instance}} free"),
           ("predict_linear(bitswap_store_disk_free_bytes{%}[1h], 86400)",
            "{{instance}} free in a day"), unit="bytes"),
    series("Blocks and their limit", "Bytes of the blocks that are there, and how many are to be: "
           "above 90 % of it, as it is set by default, what no pin keeps is freed. A limit of 0 is none.",
           ("bitswap_store_live_bytes{%}", "{{instance}} blocks"),
           ("bitswap_store_limit_bytes{%}", "{{instance}} limit"), unit="bytes"),
    series("Garbage", "What is freed of blocks that no pin keeps, by hand and above the limit.",
           ("sum(rate(bitswap_store_freed_bytes_total{%}[$__rate_interval]))", "freed"),
           unit="Bps"),
    series("Collections of garbage", "How often garbage is collected, and how many blocks go. failed "
           "must be 0; the log says which pinned tree is not whole.",
           ("sum by (result) (rate(bitswap_store_collections_total{%}[$__rate_interval]))",
            "{{result}}"),
           ("sum(rate(bitswap_store_freed_blocks_total{%}[$__rate_interval]))", "blocks"),
           unit="ops"),
    series("Reads that the engine could not have", "Reads for peers that the store failed, and "
           "commits that the disk failed.",
           ("sum(rate(bitswap_server_store_faults_total{%}[$__rate_interval]))", "reads"),
           ("sum(rate(bitswap_store_failed_commits_total{%}[$__rate_interval]))", "commits"),
           unit="ops"),
]

NODE = [
    series("Processor", "Processors in use by each node.",
           ("rate(process_cpu_seconds_total{%}[$__rate_interval])", "{{instance}}")),
    series("Memory", "Resident memory, and the part of it that the store keeps.",
           ("process_resident_memory_bytes{%}", "{{instance}}"),
           ("bitswap_store_memory_bytes{%}", "{{instance}} store"), unit="bytes"),
    series("File descriptors", "Open ones, as a share of those allowed.",
           ("process_open_fds{%} / process_max_fds{%}", "{{instance}}"), unit="percentunit"),
    series("Threads and tasks", "Threads of the process, tasks that live, and tasks that wait for "
           "a thread.",
           ("sum(process_threads{%})", "threads"),
           ("sum(bitswap_runtime_alive_tasks{%})", "tasks"),
           ("sum(bitswap_runtime_queued_tasks{%})", "waiting tasks")),
    series("Engine", "Inputs that made no sense, and jumps of the clock. A few of the first are "
           "usual: late answers.",
           ("sum(rate(bitswap_engine_stray_inputs_total{%}[$__rate_interval]))", "stray inputs"),
           ("sum(rate(bitswap_engine_clock_jumps_total{%}[$__rate_interval]))", "clock jumps"),
           unit="ops"),
    series("Engine lag, p99", "How late the engine reached its deadlines in 99 of 100 cases. Above "
           "100 ms the machine has too little time for the node.",
           quantiles("bitswap_engine_lag_seconds")[2], unit="s"),
    series("Requests of the API", "By what they are about and how they ended.",
           ("sum by (route, status) (rate(bitswap_api_requests_total{%}[$__rate_interval]))",
            "{{route}} {{status}}"), unit="ops"),
    series("Time of requests, p99", "Until the answer of the API began, by what it was about.",
           ("histogram_quantile(0.99, sum by (le, route) "
            "(rate(bitswap_api_request_seconds_bucket{%}[$__rate_interval])))", "{{route}}"),
           unit="s"),
    series("Scrapes", "How long a scrape takes, and how many samples it brings. The number does "
           "not grow with peers.",
           ("scrape_duration_seconds{%}", "{{instance}} seconds"),
           ("scrape_samples_scraped{%} / 1000", "{{instance}} thousand samples")),
]

BOARD = board(
    "bitswap-store", "Bitswap / 7 Store and node",
    "Is the disk the problem, and will it run full?",
    [("Now", NOW), ("Store", STORE), ("Node", NODE)],
)

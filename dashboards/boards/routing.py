"""Content routing and network: are providers found, and can they be reached?"""

from .panel import board, series

SEARCH = [
    series("Look-ups", "Look-ups of providers that searches started.",
           ("sum(rate(bitswap_provider_searches_total{%}[$__rate_interval]))", "look-ups"),
           unit="ops"),
    series("Look-ups ended", "By whether they found a provider. Many none: the content is rare, or "
           "routers are down.",
           ("sum by (outcome) (rate(bitswap_provider_searches_ended_total{%}[$__rate_interval]))",
            "{{outcome}}"), unit="ops", stacked=True, colours={"found": "green", "none": "orange"}),
    series("Providers found", "By what was done to reach them.",
           ("sum by (result) (rate(bitswap_provider_reached_total{%}[$__rate_interval]))",
            "{{result}}"), unit="ops"),
    series("Steps of searches", "What searches do, one for each want a step is about.",
           ("sum by (step) (rate(bitswap_client_search_steps_total{%}[$__rate_interval]))",
            "{{step}}"), unit="ops"),
    series("Routers: look-ups", "Look-ups that each router was asked for.",
           ("sum by (router) (rate(bitswap_router_lookups_total{%}[$__rate_interval]))",
            "{{router}}"), unit="ops"),
    series("Routers: first to find", "Providers that each router named before all others. One that "
           "never does is of no use.",
           ("sum by (router) (rate(bitswap_router_providers_total{%}[$__rate_interval]))",
            "{{router}}"), unit="ops"),
    series("Routers: failures", "Look-ups that failed, or did not end in time.",
           ("sum by (router) (rate(bitswap_router_failures_total{%}[$__rate_interval]))",
            "{{router}} failed"),
           ("sum by (router) (rate(bitswap_router_timeouts_total{%}[$__rate_interval]))",
            "{{router}} timed out"), unit="ops"),
    series("Announcements", "Blocks announced in the DHT, by result; none without a DHT.",
           ("sum by (result) (rate(bitswap_announcements_total{%}[$__rate_interval]))",
            "{{result}}"), unit="ops", colours={"ok": "green", "failed": "red"}),
    series("Routing tables", "Peers of the DHTs; of the public one some hundreds. Bootstrap peers.",
           ("sum by (scope) (bitswap_dht_peers{%})", "{{scope}}"),
           ("sum by (state) (bitswap_dht_bootstrap_peers{%})", "bootstrap {{state}}")),
]

NETWORK = [
    series("Connections", "By transport and by who opened them.",
           ("sum by (transport, direction) (bitswap_net_connections{%})",
            "{{transport}} {{direction}}"), stacked=True),
    series("Reached by others", "Nodes that others can connect to, as far as is known, and connections "
           "over relays that were to become direct. failed alone: this NAT cannot be punched.",
           ("sum(bitswap_net_reachable{%})", "nodes reached"),
           ("sum by (result) (rate(bitswap_net_hole_punches_total{%}[$__rate_interval]))",
            "hole punching {{result}}")),
    series("Connections closed", "By reason. room: there were more than limits.peers; the peers that "
           "were idle longest were let go. bitswap: the peer was of no use.",
           ("sum by (reason) (rate(bitswap_net_closed_connections_total{%}[$__rate_interval]))",
            "{{reason}}"), unit="ops"),
    series("Dials", "Dials that ended, by result. unreachable is usual for providers from the "
           "DHT: half of them are gone. not dialled are providers at hosts that were dialled "
           "enough; left out, those whose dials had failed lately, or often.",
           ("sum by (result) (rate(bitswap_net_dials_total{%}[$__rate_interval]))", "{{result}}"),
           ("sum(rate(bitswap_net_incoming_failures_total{%}[$__rate_interval]))",
            "incoming failed"),
           ("sum(rate(bitswap_net_refused_dials_total{%}[$__rate_interval]))",
            "not dialled"),
           ("sum(rate(bitswap_net_left_out_dials_total{%}[$__rate_interval]))",
            "left out"), unit="ops"),
    series("Messages", "Bitswap messages, and those that could not be written.",
           ("sum by (direction) (rate(bitswap_net_messages_total{%}[$__rate_interval]))",
            "{{direction}}"),
           ("sum(rate(bitswap_net_send_failures_total{%}[$__rate_interval]))", "send failures"),
           unit="ops"),
    series("Rejected", "Frames and items of peers that were not taken, and streams that were "
           "dropped. More than a few per second is an attack or a broken peer.",
           ("sum by (cause) (rate(bitswap_net_rejects_total{%}[$__rate_interval]))", "{{cause}}"),
           ("sum(rate(bitswap_net_refused_streams_total{%}[$__rate_interval]))", "streams"),
           unit="ops"),
    series("Throttled peers", "Pauses of peers that send more than their share, and disconnects of "
           "peers that go on sending what is of no use.",
           ("sum(rate(bitswap_net_pauses_total{%}[$__rate_interval]))", "pauses"),
           ("sum(rate(bitswap_net_wasteful_peers_total{%}[$__rate_interval]))", "disconnected"),
           unit="ops"),
    series("Held by the network", "Bytes of frames that have begun, and of blocks that callers "
           "have not taken.",
           ("sum(bitswap_net_unfinished_bytes{%})", "unfinished frames"),
           ("sum(bitswap_net_untaken_bytes{%})", "not taken"), unit="bytes"),
]

BOARD = board(
    "bitswap-routing", "Bitswap / 6 Content routing and network",
    "Are providers found, and can they be reached?",
    [("Content routing", SEARCH), ("Network", NETWORK)],
)

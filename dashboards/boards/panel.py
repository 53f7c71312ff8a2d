"""Panels, rows and boards as Grafana 9 and later import them (classic model, schema 39)."""

from dataclasses import dataclass, field

SCHEMA_VERSION = 39
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# In expressions `{%}` stands for this, and `{%,kind="have"}` for this and more.
SELECTED = 'job=~"$job",instance=~"$instance"'
# Okabe-Ito, fixed by meaning on all boards; readable for colour-blind people.
COLOURS = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "red": "#D55E00",
    "purple": "#CC79A7",
}
WIDTH = 24


@dataclass
class Panel:
    """One panel; `queries` are pairs of an expression and a legend."""

    kind: str
    title: str
    description: str
    queries: list[tuple[str, str]]
    unit: str = "short"
    options: dict = field(default_factory=dict)
    custom: dict = field(default_factory=dict)
    thresholds: list[tuple[str, float | None]] = field(default_factory=list)
    colours: dict[str, str] = field(default_factory=dict)
    mappings: list = field(default_factory=list)
    transformations: list = field(default_factory=list)
    width: int = 8
    height: int = 8

    def model(self, number: int, x: int, y: int) -> dict:
        steps = [{"color": colour, "value": value} for colour, value in self.thresholds]
        plain = [{"color": "green", "value": None}]
        defaults = {
            "unit": self.unit,
            "custom": self.custom,
            "mappings": self.mappings,
            "thresholds": {"mode": "absolute", "steps": steps or plain},
            "color": {"mode": "thresholds" if steps else "palette-classic"},
        }
        if self.kind == "stat":
            defaults["noValue"] = "0"
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "datasource": DATASOURCE,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "fieldConfig": {"defaults": defaults, "overrides": self.overrides()},
            "options": self.options,
            "targets": [self.target(place, *query) for place, query in enumerate(self.queries)],
            "transformations": self.transformations,
        }

    def overrides(self) -> list[dict]:
        def fixed(colour: str) -> list[dict]:
            return [{"id": "color", "value": {"mode": "fixed", "fixedColor": COLOURS[colour]}}]

        return [
            {"matcher": {"id": "byName", "options": name}, "properties": fixed(colour)}
            for name, colour in self.colours.items()
        ]

    def target(self, place: int, expression: str, legend: str) -> dict:
        at_once = self.kind in ("stat", "table")
        return {
            "refId": chr(ord("A") + place),
            "datasource": DATASOURCE,
            "expr": expression.replace("{%", "{" + SELECTED),
            "legendFormat": legend,
            "range": not at_once,
            "instant": at_once,
            "format": {"heatmap": "heatmap", "table": "table"}.get(self.kind, "time_series"),
        }


def stat(title, description, expression, unit="short", thresholds=()):
    """One number."""
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "value" if thresholds else "none",
        "graphMode": "none",
        "textMode": "auto",
        "justifyMode": "auto",
        "orientation": "auto",
    }
    queries = [(expression, "")]
    return Panel(
        "stat", title, description, queries, unit, options,
        thresholds=list(thresholds), width=4, height=4,
    )


def series(title, description, *queries, unit="short", stacked=False, colours=None, width=8):
    """Lines over time."""
    options = {
        "legend": {
            "displayMode": "table", "placement": "bottom", "showLegend": True,
            "calcs": ["lastNotNull", "max"],
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    custom = {
        "drawStyle": "line", "lineWidth": 1, "fillOpacity": 30 if stacked else 5,
        "showPoints": "never", "spanNulls": False,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
    }
    return Panel(
        "timeseries", title, description, list(queries), unit, options, custom,
        colours=colours or {}, width=width,
    )


def heatmap(title, description, expression, unit="s"):
    """A histogram over time, from its buckets."""
    options = {
        "calculate": False,
        "color": {
            "mode": "scheme", "scheme": "Cividis", "steps": 64, "exponent": 0.5, "fill": "blue",
        },
        "yAxis": {"unit": unit, "axisPlacement": "left"},
        "cellGap": 1,
        "showValue": "never",
        "legend": {"show": True},
        "tooltip": {"mode": "single", "yHistogram": False},
        "rowsFrame": {"layout": "auto"},
        "exemplars": {"color": "red"},
        "filterValues": {"le": 1e-9},
    }
    return Panel("heatmap", title, description, [(expression, "{{le}}")], unit, options)


def table(title, description, *queries, width=WIDTH, names=None):
    """The last values, one row for each set of labels."""
    hidden = {"Time": True, "__name__": True}
    organize = {"excludeByName": hidden, "indexByName": {}, "renameByName": names or {}}
    transformations = [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": organize},
    ]
    options = {"showHeader": True, "cellHeight": "sm"}
    return Panel(
        "table", title, description, list(queries), "short", options,
        transformations=transformations, width=width,
    )


def quantiles(bucket: str, by: str = "", selected: str = "{%}", legend: str = "") -> list[tuple]:
    """p50, p90 and p99 of a histogram; `by` is a label to keep apart."""
    kept = ", ".join(filter(None, ["le", by]))
    rate = f"sum by ({kept}) (rate({bucket}_bucket{selected}[$__rate_interval]))"
    return [
        (f"histogram_quantile(0.{part}, {rate})", f"{legend}p{part:<02}")
        for part in (5, 9, 99)
    ]


def board(
    uid: str, title: str, description: str, rows: list[tuple[str, list[Panel]]], **others
) -> dict:
    """A board of rows of panels, laid out from left to right. `others` replace what boards of
    nodes have: their variables, annotations, times."""
    panels, y = [], 0
    for name, row in rows:
        panels.append({
            "id": len(panels) + 1, "type": "row", "title": name, "collapsed": False, "panels": [],
            "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1},
        })
        y += 1
        x = tallest = 0
        for panel in row:
            if x + panel.width > WIDTH:
                x, y, tallest = 0, y + tallest, 0
            panels.append(panel.model(len(panels) + 1, x, y))
            x, tallest = x + panel.width, max(tallest, panel.height)
        y += tallest
    return {
        "id": None,
        "uid": uid,
        "title": title,
        "description": description,
        "tags": ["bitswap"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timepicker": {},
        "fiscalYearStartMonth": 0,
        "liveNow": False,
        "weekStart": "",
        "links": [links()],
        "templating": {"list": variables()},
        "annotations": {"list": annotations()},
        "panels": panels,
    } | others


def links() -> dict:
    return {
        "type": "dashboards", "title": "Bitswap boards", "tags": ["bitswap"], "asDropdown": True,
        "keepTime": True, "includeVars": True, "targetBlank": False, "icon": "external link",
        "tooltip": "", "url": "",
    }


def variables() -> list[dict]:
    instances = 'label_values(bitswap_build_info{job=~"$job"}, instance)'
    return [
        SOURCE,
        variable("job", "Job", "label_values(bitswap_build_info, job)", False),
        variable("instance", "Instance", instances, True),
    ]


# Which Prometheus.
SOURCE = {
    "name": "datasource", "label": "Data source", "type": "datasource",
    "query": "prometheus", "refresh": 1, "regex": "", "hide": 0, "skipUrlSync": False,
    "multi": False, "includeAll": False, "options": [],
}


def variable(name: str, label: str, text: str, several: bool) -> dict:
    """What Prometheus is asked for, to choose one or several of."""
    return {
        "name": name, "label": label, "type": "query", "datasource": DATASOURCE,
        "definition": text, "query": {"query": text, "refId": name},
        "refresh": 2, "sort": 1, "hide": 0, "skipUrlSync": False, "regex": "", "options": [],
        "multi": several, "includeAll": several, **({"allValue": ".*"} if several else {}),
        **({"current": {"text": "All", "value": "$__all"}} if several else {}),
    }


def annotations() -> list[dict]:
    """When a strategy took over, a node started, and a script was given up."""
    def of(name: str, colour: str, expression: str, title: str, is_moment: bool) -> dict:
        return {
            "name": name, "datasource": DATASOURCE, "enable": True, "hide": False,
            "iconColor": COLOURS[colour], "expr": expression.replace("{%", "{" + SELECTED),
            "titleFormat": title, "textFormat": "{{instance}}", "step": "30s",
            "useValueForTime": is_moment,
        }

    changed = "bitswap_strategy_last_change_timestamp_seconds{%} * 1000 > 0"
    open_breaker = "max by (instance, role) (bitswap_script_breaker_open{%}) == 1"
    return [
        of("Strategy changed", "purple", changed, "a strategy took over", True),
        of("Restart", "sky", "process_start_time_seconds{%} * 1000", "node started", True),
        of("Script given up", "red", open_breaker, "breaker of {{role}} is open", False),
    ]

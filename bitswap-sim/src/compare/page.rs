//! A comparison as one HTML page that needs nothing else.

mod plot;

use super::table::short;
use super::{Comparison, Measure, Row, ScenarioResult, Standing};

const STYLE: &str = include_str!("page/style.css");

impl Comparison {
    /// The page. `command` is what makes it again.
    pub fn html(&self, command: &str) -> String {
        let (from, to) = (self.seeds.start, self.seeds.end);
        let runs = self.contestants.len() * self.seeds.clone().count() * self.scenarios.len();
        let first = escape(self.contestants.first().map_or("", String::as_str));
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>Strategies compared</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <header>\n<h1>Strategies compared</h1>\n\
             <p>{runs} simulated runs: each strategy on every node of each scenario, with the \
             seeds {from} to {} each. A seed means the same network, the same noise and the same \
             timetable for all, so runs are compared in pairs, with <b>{first}</b> of the same \
             seed. Less is better everywhere.</p>\n<pre>{}</pre>\n</header>\n<main>\n",
            to.saturating_sub(1),
            escape(command),
        );
        page += &self.overview(&first);
        for result in &self.scenarios {
            page += &self.panel(result, &first);
        }
        page += include_str!("page/model.html");
        page += "</main>\n</body>\n</html>\n";
        page
    }

    /// All ratios in one table.
    fn overview(&self, first: &str) -> String {
        let mut head = String::new();
        for result in &self.scenarios {
            let (name, title) = (result.scenario.name, result.scenario.title);
            head.extend([format!("<th><a href=\"#{name}\">{name}</a><small>{title}</small></th>")]);
        }
        let mut body = String::new();
        for (place, name) in self.contestants.iter().enumerate() {
            body.extend([format!("<tr><th>{}</th>", escape(name))]);
            let rows = self.scenarios.iter().filter_map(|result| result.rows.get(place));
            body.extend(rows.map(cell));
            let [better, worse] =
                [Standing::Better, Standing::Worse].map(|standing| self.count(place, standing));
            let [better, worse] = if place == 0 {
                ["–".to_owned(), "–".to_owned()]
            } else {
                [better, worse].map(|count| count.to_string())
            };
            body.extend([format!(
                "<td class=\"sum\">{better}</td><td class=\"sum\">{worse}</td></tr>\n"
            )]);
        }
        format!(
            "<section>\n<h2>All scenarios</h2>\n<div class=\"wide\"><table class=\"overview\">\n\
             <thead><tr><td></td>{head}<th>better</th><th>worse</th></tr></thead>\n\
             <tbody>\n{body}</tbody>\n</table></div>\n\
             <p class=\"note\">How many times as long as with {first}: the median of the pairs, \
             and below it its 95 % bootstrap interval. <span class=\"better\">▼ better</span> and \
             <span class=\"worse\">▲ worse</span> are told only where the interval excludes 1 and \
             the median is at least 2 % away from it.</p>\n</section>\n"
        )
    }

    fn panel(&self, result: &ScenarioResult, first: &str) -> String {
        let scenario = &result.scenario;
        let (name, title, setup) = (scenario.name, scenario.title, scenario.setup);
        let (headline, _) = scenario.headline.title().split_once(',').unwrap_or_default();
        let bound = scenario.bound.map_or_else(String::new, |bound| {
            format!(" No strategy can come below {} s (dashed line).", short(bound))
        });
        let plot = plot::of(&self.contestants, result);
        let head = Measure::ALL.map(|it| format!("<th>{}</th>", it.title())).concat();
        let mut body = String::new();
        for (contestant, row) in self.contestants.iter().zip(&result.rows) {
            let cells = Measure::ALL.map(|it| format!("<td>{}</td>", short(row.median(it))));
            body.extend([format!("<tr><th>{}</th>{}</tr>\n", escape(contestant), cells.concat())]);
        }
        format!(
            "<section id=\"{name}\">\n<h2>{name} <span>{title}</span></h2>\n<p>{setup}</p>\n\
             <div class=\"wide\">{plot}</div>\n\
             <p class=\"note\">Left: the ratio of the {headline} to that of {first} with the same \
             seed; the mark is the median, the bar its 95 % interval. Right: the {headline} \
             itself; a dot for each seed, the line is the median.{bound}</p>\n\
             <details><summary>All measures, medians</summary>\n<div class=\"wide\"><table>\n\
             <thead><tr><td></td>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n\
             </details>\n</section>\n"
        )
    }
}

fn cell(row: &Row) -> String {
    let mark = match row.standing {
        Standing::First => return "<td class=\"first\">1</td>".to_owned(),
        Standing::Better => "▼ ",
        Standing::Worse => "▲ ",
        Standing::Alike => "",
    };
    let [middle, least, most] = [row.ratio.middle, row.ratio.least, row.ratio.most].map(short);
    let class = row.standing.word();
    format!("<td class=\"{class}\">{mark}{middle}<small>{least} – {most}</small></td>")
}

/// Text that means itself in HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

//! The two plots of a scenario, side by side on the same rows, as SVG.

use super::super::table::short;
use super::super::{Row, ScenarioResult, Standing};
use super::escape;

const ROW: f64 = 34.0;
const TOP: f64 = 30.0;
const BELOW: f64 = 28.0;
/// From where to where the ratios are, and then the dots.
const LEFT: (f64, f64) = (275.0, 590.0);
const RIGHT: (f64, f64) = (650.0, 985.0);
const WIDTH: f64 = 1_000.0;

/// The ticks from one power of ten to the next: the first of these of which no two are too near.
const STEPS: [&[f64]; 5] = [
    &[
        1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0,
        9.0,
    ],
    &[1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
    &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
    &[1.0, 2.0, 5.0],
    &[1.0],
];

/// A logarithmic axis.
struct Axis {
    /// Its ends, as logarithms.
    from: f64,
    to: f64,
    place: (f64, f64),
}

/// The logarithm to the base 2 of a positive number, by squaring: sums and products only, so that
/// it is the same on every platform.
fn log2(value: f64) -> f64 {
    const FRACTION: u64 = (1 << 52) - 1;
    const ONE: u64 = 1_023 << 52;
    let bits = value.max(f64::MIN_POSITIVE).to_bits();
    let mut log = (bits >> 52) as f64 - 1_023.0;
    let mut rest = f64::from_bits(bits & FRACTION | ONE);
    let mut digit = 0.5;
    for _ in 0..24 {
        rest *= rest;
        if rest >= 2.0 {
            rest /= 2.0;
            log += digit;
        }
        digit /= 2.0;
    }
    log
}

impl Axis {
    /// Over all of these numbers that are positive and finite, and a little more.
    fn over(values: impl Iterator<Item = f64>, place: (f64, f64)) -> Self {
        let logs = values.filter(|value| value.is_finite() && *value > 0.0).map(log2);
        let ends = logs.fold(None, |ends: Option<(f64, f64)>, log| {
            Some(ends.map_or((log, log), |(from, to)| (from.min(log), to.max(log))))
        });
        let (from, to) = ends.unwrap_or((-1.0, 1.0));
        let more = ((to - from) * 0.06).max(0.12);
        Self { from: from - more, to: to + more, place }
    }

    /// Where a number is; what is beyond the ends is at them.
    fn at(&self, value: f64) -> f64 {
        let (left, right) = self.place;
        let log = if value.is_finite() { log2(value) } else { self.to };
        let part = (log - self.from) / (self.to - self.from);
        left + (right - left) * part.clamp(0.0, 1.0)
    }

    /// Round numbers on it, far enough from one another.
    fn ticks(&self) -> Vec<f64> {
        for steps in STEPS {
            let mut ticks = Vec::new();
            let mut ten = 0.000_001;
            while ten < 10_000_000.0 {
                ticks.extend(steps.iter().map(|step| step * ten));
                ten *= 10.0;
            }
            ticks.retain(|tick| (self.from..=self.to).contains(&log2(*tick)));
            let near = |pair: &[f64]| matches!(pair, [a, b] if self.at(*b) - self.at(*a) < 34.0);
            if !ticks.windows(2).any(near) {
                return ticks;
            }
        }
        Vec::new()
    }

    fn draw(&self, bottom: f64, title: &str) -> String {
        let mut svg = format!(
            "<text class=\"title\" x=\"{:.1}\" y=\"14\">{}</text>\n",
            self.place.0,
            escape(title)
        );
        for tick in self.ticks() {
            let (x, label) = (self.at(tick), round(tick));
            svg.extend([format!(
                "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom:.1}\"/>\
                 <text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">\
                 {label}</text>\n",
                bottom + 16.0
            )]);
        }
        svg
    }

    /// A line across all rows, at a number.
    fn line(&self, value: f64, bottom: f64, class: &str) -> String {
        let x = self.at(value);
        format!(
            "<line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" \
             y2=\"{bottom:.1}\"/>\n"
        )
    }
}

/// A tick's number, without zeros at its end.
fn round(tick: f64) -> String {
    let text = format!("{tick:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Both plots.
pub(super) fn of(contestants: &[String], result: &ScenarioResult) -> String {
    let scenario = &result.scenario;
    let bottom = TOP + ROW * result.rows.len() as f64;
    let rows = || result.rows.iter();
    let ratios = rows().flat_map(|row| [row.ratio.least, row.ratio.most]).chain([0.8, 1.25]);
    let ratio = Axis::over(ratios, LEFT);
    let values = rows().flat_map(|row| row.runs.iter().map(|run| run.get(scenario.headline)));
    let value = Axis::over(values.chain(scenario.bound), RIGHT);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\" aria-label=\"{}: {}\">\n",
        bottom + BELOW,
        scenario.name,
        escape(scenario.headline.title())
    );
    svg += &ratio.draw(bottom, "ratio to the first (← better)");
    svg += &ratio.line(1.0, bottom, "one");
    svg += &value.draw(bottom, scenario.headline.title());
    svg.extend(scenario.bound.map(|bound| value.line(bound, bottom, "bound")));
    for (place, (name, row)) in contestants.iter().zip(rows()).enumerate() {
        let y = TOP + ROW * (place as f64 + 0.5);
        svg += &label(name, y);
        svg += &interval(row, &ratio, y);
        for (seed, run) in row.runs.iter().enumerate() {
            let run = run.get(scenario.headline);
            // Apart from one another, always in the same way.
            let (x, y) = (value.at(run), y + (seed * 5 % 13) as f64 - 6.0);
            let run = short(run);
            svg.extend([format!(
                "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.2\"><title>{run}</title>\
                 </circle>"
            )]);
        }
        let x = value.at(row.headline.middle);
        svg.extend([format!(
            "<line class=\"median\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\n",
            y - 11.0,
            y + 11.0
        )]);
    }
    svg + "</svg>"
}

/// A contestant's name; a long one is cut, and told whole to who points at it.
fn label(name: &str, y: f64) -> String {
    const LONGEST: usize = 37;
    let mut shown: String = name.chars().take(LONGEST).collect();
    if shown.len() < name.len() {
        shown.push('…');
    }
    format!(
        "<text x=\"0\" y=\"{:.1}\">{}<title>{}</title></text>\n",
        y + 4.5,
        escape(&shown),
        escape(name)
    )
}

/// The median ratio with its interval and, as text, its number.
fn interval(row: &Row, axis: &Axis, y: f64) -> String {
    let [least, middle, most] =
        [row.ratio.least, row.ratio.middle, row.ratio.most].map(|value| axis.at(value));
    let class = row.standing.word();
    let mark = format!(
        "<circle class=\"mark {class}\" cx=\"{middle:.1}\" cy=\"{y:.1}\" r=\"5\"><title>{}</title>\
         </circle>\n",
        row.ratio
    );
    if row.standing == Standing::First {
        return mark;
    }
    format!(
        "<line class=\"bar {class}\" x1=\"{least:.1}\" x2=\"{most:.1}\" y1=\"{y:.1}\" \
         y2=\"{y:.1}\"/>\
         {mark}<text class=\"value\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n",
        middle,
        y - 9.0,
        short(row.ratio.middle)
    )
}

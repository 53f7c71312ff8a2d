//! A comparison as CSV: one line for each run.

use super::{Comparison, Measure, ScenarioResult};

impl Comparison {
    /// A header, then each run with its measures; `inf` is what never ended.
    pub fn csv(&self) -> String {
        let columns = Measure::ALL.map(Measure::column).join(",");
        let header = format!("scenario,seed,contestant,{columns}\n");
        let lines = self.scenarios.iter().flat_map(|result| self.lines(result));
        std::iter::once(header).chain(lines).collect()
    }

    fn lines(&self, result: &ScenarioResult) -> Vec<String> {
        let mut lines = Vec::new();
        for (place, seed) in self.seeds.clone().enumerate() {
            let runs = result.rows.iter().filter_map(|row| row.runs.get(place));
            for (name, run) in self.contestants.iter().zip(runs) {
                let values = Measure::ALL.map(|it| format!("{:.6}", run.get(it))).join(",");
                let (scenario, name) = (result.scenario.name, name.replace('"', "\"\""));
                lines.push(format!("{scenario},{seed},\"{name}\",{values}\n"));
            }
        }
        lines
    }
}

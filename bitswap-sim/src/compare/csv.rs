//! A comparison as CSV: one line for each run.

use super::{Comparison, Measure};

impl Comparison {
    /// A header, then each run with its measures; `inf` is what never ended.
    pub fn csv(&self) -> String {
        let columns = Measure::ALL.map(Measure::column).join(",");
        let mut text = format!("scenario,seed,contestant,{columns}\n");
        for result in &self.scenarios {
            for (place, seed) in self.seeds.clone().enumerate() {
                for (name, row) in self.contestants.iter().zip(&result.rows) {
                    let Some(run) = row.runs.get(place) else { continue };
                    let values = Measure::ALL.map(|it| format!("{:.6}", run.get(it))).join(",");
                    let name = name.replace('"', "\"\"");
                    let scenario = result.scenario.name;
                    text += &format!("{scenario},{seed},\"{name}\",{values}\n");
                }
            }
        }
        text
    }
}

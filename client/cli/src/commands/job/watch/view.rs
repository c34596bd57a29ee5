//! What is shown while a job runs: bars on a terminal, lines elsewhere, nothing beside JSON.

use super::{progress::STATES, Look};
use crate::{commands::job::show::phase_text, error::Failure, out::Out};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use secureflow_primitives::OrgId;
use std::collections::BTreeMap;

pub struct View {
    live: bool,
    quiet: bool,
    bars: MultiProgress,
    total: Option<ProgressBar>,
    parties: BTreeMap<u32, ProgressBar>,
    last_phase: String,
    steps_shown: u32,
    out_of_reach: bool,
}

impl View {
    pub fn new(out: Out) -> Self {
        Self {
            live: out.is_live(),
            quiet: out.is_json(),
            bars: MultiProgress::new(),
            total: None,
            parties: BTreeMap::new(),
            last_phase: String::new(),
            steps_shown: 0,
            out_of_reach: false,
        }
    }

    pub fn update(&mut self, look: &Look) {
        if self.out_of_reach {
            self.out_of_reach = false;
            self.line("the chain answers again");
        }
        match (self.live, self.quiet) {
            (_, true) => {}
            (true, false) => self.draw(look),
            (false, false) => self.lines(look),
        }
    }

    /// Says once that the chain is away.
    pub fn outage(&mut self, failure: &Failure) {
        if !self.out_of_reach {
            self.out_of_reach = true;
            self.line(&format!("the chain does not answer, trying again: {}", failure.message));
        }
    }

    pub fn finish(&mut self) {
        for bar in self.parties.values().chain(self.total.as_ref()) {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        match (self.live, self.quiet) {
            (_, true) => {}
            // Above the bars.
            (true, false) => {
                let _ = self.bars.println(text);
            }
            (false, false) => println!("{text}"),
        }
    }

    fn lines(&mut self, look: &Look) {
        let details = &look.details;
        let phase = match &details.job.phase {
            secureflow_primitives::job::JobPhase::Running { .. } => "running".to_string(),
            other => phase_text(other, &details.names),
        };
        if phase != self.last_phase {
            let left = details.job.deadline.saturating_sub(details.now);
            let deadline = if details.job.deadline > 0 {
                format!(" (deadline in {left} blocks)")
            } else {
                String::new()
            };
            println!("job {}: {phase}{deadline}", details.id);
            self.last_phase = phase;
        }
        let steps = details.spec.steps();
        for index in self.steps_shown..details.steps_done {
            let name = crate::proposal::steps(&details.spec)
                .at(index)
                .map_or_else(String::new, |step| step.to_string());
            let absence = details.absences.iter().find(|absence| absence.step == index);
            let without = absence.map_or_else(String::new, |absence| {
                format!(", without {}", details.names.list(&absence.parties))
            });
            println!(
                "job {}: step {} of {steps}: {name} committed at block {} or before{without}",
                details.id,
                index + 1,
                details.now
            );
        }
        self.steps_shown = details.steps_done.max(self.steps_shown);
    }

    fn draw(&mut self, look: &Look) {
        let details = &look.details;
        let steps = u64::from(details.spec.steps());
        let bars = &self.bars;
        let total = self.total.get_or_insert_with(|| {
            let bar = bars.add(ProgressBar::new(steps));
            bar.set_style(style("{prefix:>16} [{bar:32}] {pos}/{len} {wide_msg}"));
            bar.set_prefix(format!("job {}", details.id));
            bar
        });
        total.set_position(u64::from(details.steps_done));
        let left = details.job.deadline.saturating_sub(details.now);
        let worker = if details.job.simulated {
            ", SIMULATED worker"
        } else {
            ""
        };
        total.set_message(format!(
            "{}, deadline in {left} blocks{worker}",
            phase_text(&details.job.phase, &details.names)
        ));
        let Some(progress) = &look.progress else { return };
        for party in &progress.parties {
            let bar = self.parties.entry(party.org).or_insert_with(|| {
                let bar = bars.add(ProgressBar::new((STATES.len() - 1) as u64));
                bar.set_style(style("{prefix:>16} [{bar:32}] {wide_msg}"));
                bar.set_prefix(details.names.of(OrgId(party.org)));
                bar
            });
            bar.set_position(party.place() as u64);
            bar.set_message(format!(
                "{}: {}, {} steps, {} sent",
                progress.step_name.as_deref().unwrap_or("begins"),
                party.state,
                party.steps_done,
                indicatif::HumanBytes(party.bytes)
            ));
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or(ProgressStyle::default_bar())
        .progress_chars("=> ")
}

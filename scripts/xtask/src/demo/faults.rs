//! A job under way, and what goes wrong meanwhile.

use super::*;

/// How long a round may take to come.
const PATIENCE: Duration = Duration::from_secs(120);
/// Steps that have to be in before something goes wrong: survey, moments and two rounds.
const BEFORE: u64 = 4;
/// Who drops out where an agent is at fault.
const AWAY: &str = "insurer";

/// A process to kill in the middle of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Victim {
    Agent,
    Worker,
    Validator,
}

/// What goes wrong in the middle of the training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The insurer's agent stands still, as on a machine that hangs, until a round has gone on without it.
    Absence,
    /// A process is killed and, after a while, started again.
    Kill(Victim),
}

/// Follows the job to its end, and sees that the fault happens.
pub fn watch(network: &mut Network, job: u32, fault: Option<Fault>) -> Result<Value> {
    heading("Agents train beside their data; the worker sees masked numbers and their sum");
    let id = job.to_string();
    let home = path(&network.organisation("bank")?.home);
    let cli = network.binaries.cli.clone();
    println!("  \x1b[2m$ secureflow --home $DIR/orgs/bank job watch {id}\x1b[0m");
    let mut watching = std::process::Command::new(&cli)
        .args(["--home", &home, "job", "watch", &id, "--timeout", "600"])
        .spawn()
        .context("cannot watch the job")?;
    if let Some(fault) = fault {
        wait_for_step(network, job, BEFORE)?;
        match fault {
            Fault::Absence => sit_out(network, job)?,
            Fault::Kill(victim) => strike(network, victim)?,
        }
    }
    let status = watching.wait()?;
    let shown = network.as_org("bank", &["job", "show", &id])?;
    let phase = shell::text(&shown, "phase")?;
    ensure!(
        status.success() && phase == "completed",
        "the job ended as {phase}: {shown}"
    );
    network.as_org("bank", &["job", "result", &id])
}

/// Waits until the chain holds the commitment of a step.
pub fn wait_for_step(network: &Network, job: u32, step: u64) -> Result<()> {
    let there = |shown: &Value| shown["steps_done"].as_u64().is_some_and(|done| done >= step);
    wait_for(network, job, &format!("step {step}"), there)
}

/// Waits until the newest block says so of a job.
fn wait_for(network: &Network, job: u32, what: &str, there: impl Fn(&Value) -> bool) -> Result<()> {
    let begin = Instant::now();
    let quiet = Shell {
        show: false,
        ..network.shell.clone()
    };
    let home = path(&network.organisations[0].home);
    while begin.elapsed() < PATIENCE {
        let shown = quiet.json(
            &network.binaries.cli,
            &["--home", &home, "--best", "job", "show", &job.to_string()],
        )?;
        if there(&shown) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(200));
    }
    bail!("job {job} did not come to {what} in {PATIENCE:?}")
}

/// Lets an agent stand still until the chain holds a step without it.
fn sit_out(network: &Network, job: u32) -> Result<()> {
    let agent = network.agents.get(AWAY).context("the agent runs")?;
    println!("  \x1b[33mkill -STOP\x1b[0m the agent of the {AWAY}: its round goes on with the others");
    agent.signal("STOP")?;
    let missing = |absence: &Value| {
        let mut parties = absence["parties"].as_array().into_iter().flatten();
        parties.any(|party| party["name"] == AWAY)
    };
    let without = |shown: &Value| shown["absences"].as_array().into_iter().flatten().any(missing);
    let gone_on = wait_for(network, job, &format!("a step without the {AWAY}"), without);
    println!("  \x1b[32mkill -CONT\x1b[0m the agent of the {AWAY}");
    agent.signal("CONT")?;
    gone_on
}

/// Kills a process as `kill -9` does, waits, and starts it again.
fn strike(network: &mut Network, victim: Victim) -> Result<()> {
    let pause = Duration::from_secs(4);
    match victim {
        Victim::Agent => {
            println!("  \x1b[33mkill -9\x1b[0m the agent of the {AWAY}");
            let agent = network.agents.get_mut(AWAY).context("the agent runs")?;
            agent.kill()?;
            thread::sleep(pause);
            println!("  \x1b[32mrestart\x1b[0m the agent of the {AWAY}");
            agent.restart(None)?;
            agent.ready(Duration::from_secs(60))?;
        }
        Victim::Worker => {
            println!("  \x1b[33mkill -9\x1b[0m the worker");
            let worker = network.worker.as_mut().context("the worker runs")?;
            worker.kill()?;
            thread::sleep(pause);
            println!("  \x1b[32mrestart\x1b[0m the worker");
            worker.restart(None)?;
            worker.ready(Duration::from_secs(60))?;
        }
        Victim::Validator => {
            // The financier's: its agent loses its way to the chain as well, until the validator is back.
            println!("  \x1b[33mkill -9\x1b[0m the validator of the financier");
            network.validators[1].kill()?;
            thread::sleep(pause * 2);
            println!("  \x1b[32mrestart\x1b[0m the validator of the financier");
            network.restart_validator(1)?;
        }
    }
    network.describe()
}

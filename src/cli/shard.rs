//! Which part of a run this machine makes: said plainly, or by the engine that started it.

use std::env;

use tokenkaart::shard::Shard;

use super::say::Failure;

/// The number of a pod of a Kubernetes Indexed Job, from 0.
const KUBERNETES: &str = "JOB_COMPLETION_INDEX";
/// The number of a task of a Slurm job array, the lowest one, and how many there are.
const SLURM: [&str; 3] = ["SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_COUNT"];

/// Reads `3/8`, `kubernetes/8` or `slurm`.
pub(super) fn shard(text: &str) -> Result<Shard, Failure> {
    if let Some(of) = text.strip_prefix("kubernetes/") {
        let index = number(KUBERNETES)?.saturating_add(1);
        return Ok(format!("{index}/{of}").parse()?);
    }
    if text == "slurm" {
        let [id, lowest, count] = SLURM.map(number);
        let index = id?.checked_sub(lowest?).map_or(0, |index| index.saturating_add(1));
        return Shard::new(index, count?).map_err(|_| {
            Failure::new("the tasks of the Slurm array must be numbered one by one, as --array=1-8")
        });
    }
    Ok(text.parse()?)
}

fn number(name: &str) -> Result<u32, Failure> {
    let told = env::var(name).ok().and_then(|text| text.parse().ok());
    told.ok_or_else(|| {
        Failure::new(format!(
            "{name} is not set to a number, so no engine says which shard this is; write --shard 3/8"
        ))
    })
}

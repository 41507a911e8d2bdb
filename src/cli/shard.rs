//! Which part of a run this machine makes: said plainly, or by the engine that started it.

use std::env;

use tokenkaart_token::shard::Shard;

use tokenkaart_terminal::Failure;

/// The number of a pod of a Kubernetes Indexed Job, from 0.
const KUBERNETES: &str = "JOB_COMPLETION_INDEX";
/// The number of a task of a Slurm job array.
const SLURM: &str = "SLURM_ARRAY_TASK_ID";

/// Reads `3/8`, `kubernetes/8` or `slurm/8`.
///
/// How many shards there are is never asked of an engine: of an array of which only some tasks
/// are submitted again it would say another number, and so name other holders.
pub(super) fn shard(text: &str) -> Result<Shard, Failure> {
    let (name, index, of) = match text.split_once('/') {
        Some(("kubernetes", of)) => (KUBERNETES, number(KUBERNETES)?.saturating_add(1), of),
        Some(("slurm", of)) => (SLURM, number(SLURM)?, of),
        _ => return Ok(text.parse()?),
    };
    let shard = format!("{index}/{of}").parse::<Shard>();
    shard.map_err(|error| Failure::new(format!("{name} makes this shard {index}/{of}: {error}")))
}

fn number(name: &str) -> Result<u32, Failure> {
    let told = env::var(name).ok().and_then(|text| text.parse().ok());
    told.ok_or_else(|| {
        Failure::new(format!(
            "{name} is not set to a number, so no engine says which shard this is; write --shard 3/8"
        ))
    })
}

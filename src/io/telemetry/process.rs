//! What the kernel knows about this process. Nothing is told where there is no `/proc`.

use std::time::Duration;

/// Ticks of the CPU times in `/proc/self/stat`: a second has 100 on every Linux that Rust supports.
/// Source: proc_pid_stat(5), and `USER_HZ` of the kernel's ABI.
const TICK: Duration = Duration::from_millis(10);

/// Resident memory in bytes.
pub(super) fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    resident_bytes_in(&status)
}

/// CPU time used so far.
pub(super) fn cpu_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    cpu_time_in(&stat)
}

fn resident_bytes_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// `utime` and `stime` are fields 14 and 15; the name before them may hold spaces and parentheses.
fn cpu_time_in(stat: &str) -> Option<Duration> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(TICK * user.checked_add(system)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_proc_are_understood() {
        assert_eq!(resident_bytes_in("Name:\tfanin\nVmRSS:\t    2048 kB\nThreads:\t4\n"), Some(2_097_152));
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 4 0 100 1 2";
        assert_eq!(cpu_time_in(stat), Some(Duration::from_secs(2)));
        assert_eq!((resident_bytes_in(""), cpu_time_in("")), (None, None));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_uses_memory() {
        assert!(resident_bytes().unwrap() > 100_000);
        assert!(cpu_time().is_some());
    }
}

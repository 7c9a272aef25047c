//! What cells become: merged over buckets, then one value for each term.

use std::time::Duration;

use crate::rule::Aggregate;
use crate::sample::Cell;

/// Adds what another cell of the same term has seen.
pub(super) fn merge(into: &mut Option<Cell>, cell: &Cell) {
    let Some(into) = into else {
        *into = Some(cell.clone());
        return;
    };
    match (into, cell) {
        (Cell::Count(into), Cell::Count(more)) | (Cell::Sum(into), Cell::Sum(more)) => *into += more,
        (Cell::Avg { sum, count }, Cell::Avg { sum: sum_more, count: count_more }) => {
            *sum += sum_more;
            *count += count_more;
        }
        (Cell::Min(into), Cell::Min(other)) => *into = into.min(*other),
        (Cell::Max(into), Cell::Max(other)) => *into = into.max(*other),
        (Cell::Last { at, value }, Cell::Last { at: at_other, value: value_other }) => {
            if (*at_other, value_other.to_bits()) > (*at, value.to_bits()) {
                (*at, *value) = (*at_other, *value_other);
            }
        }
        (Cell::Count(_) | Cell::Sum(_) | Cell::Avg { .. } | Cell::Min(_) | Cell::Max(_) | Cell::Last { .. }, _) => {}
    }
}

/// The value of a term over the window.
pub(super) fn value(cell: &Cell, aggregate: Aggregate, window: Duration) -> Option<f64> {
    let value = match *cell {
        Cell::Count(value) | Cell::Sum(value) if aggregate == Aggregate::Rate => value / window.as_secs_f64(),
        Cell::Count(value) | Cell::Sum(value) | Cell::Min(value) | Cell::Max(value) | Cell::Last { value, .. } => value,
        Cell::Avg { sum, count } if count > 0.0 => sum / count,
        Cell::Avg { .. } => return None,
    };
    Some(value)
}

//! What blocks hold.

use super::super::tests::{batch, plan, rows};
use super::*;
use crate::bound::slow;
use datafusion::physical_plan::empty::EmptyExec;

#[test]
fn a_block_holds_twice_the_rows_it_may_see_and_takes_the_same_in_any_order() {
    let most = 10;
    let plan = plan(most, Some(2));
    let blocks = Blocks::new(&rows(), &plan.declared, &plan.ready).unwrap();
    let most = most as usize;
    let longest = |blocks: &Blocks| blocks.rows.iter().map(Vec::len).max().unwrap();
    let seen = |blocks: &Blocks| {
        let seen = blocks.rows.iter().map(|rows| {
            let mut rows = rows.clone();
            chosen(&mut rows, most, &plan.ready);
            assert_eq!(rows.len(), most);
            rows.sort();
            rows
        });
        seen.collect::<Vec<_>>()
    };
    let batches: Vec<_> = (0..30)
        .map(|unit| batch(unit..unit + 1, 3, |at| at))
        .collect();
    let (mut one_by_one, mut held) = (blocks.empty(), 0);
    for batch in &batches {
        one_by_one.add(batch).unwrap();
        assert!(longest(&one_by_one) <= 2 * most);
        held = held.max(longest(&one_by_one));
    }
    // Not chosen of each time.
    assert!(held > most + 3, "{held}");
    let (mut together, mut held) = (blocks.empty(), 0);
    for batch in batches.iter().rev() {
        let mut own = blocks.empty();
        own.add(batch).unwrap();
        together.take(own);
        assert!(longest(&together) <= 2 * most);
        held = held.max(longest(&together));
    }
    assert!(held > most + 3, "{held}");
    assert_eq!(seen(&one_by_one), seen(&together));
}

#[tokio::test]
async fn blocks_are_one_partition() {
    let blocks = BlocksExec::new(Arc::new(EmptyExec::new(rows())), plan(10, Some(2)));
    let context = Arc::<TaskContext>::default();
    assert!(blocks.execute(1, Arc::clone(&context)).is_err());
    let batches: Vec<_> = blocks
        .execute(0, context)
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 2);
}

#[tokio::test]
async fn so_many_partitions_are_read_at_a_time_for_blocks() {
    let (input, open) = slow(
        (0..5)
            .map(|unit| batch(unit..unit + 1, 3, |at| at))
            .collect(),
    );
    let plan = plan(10, Some(2));
    let blocks = BlocksExec::new(input, plan.clone());
    let batches = blocks.execute(0, Arc::default()).unwrap();
    let batches: Vec<_> = batches.try_collect().await.unwrap();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 2);
    assert_eq!(open.most(), plan.ready.at_once);
}

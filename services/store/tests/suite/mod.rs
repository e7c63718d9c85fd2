//! What every engine has to do, case by case, and nothing that only one of them could.
//!
//! A new engine implements [`Engine`] and calls [`suite!`] once.

pub(crate) mod erasure;
pub(crate) mod kit;
pub(crate) mod lanes;
pub(crate) mod publishing;
pub(crate) mod queue;
pub(crate) mod reading;
pub(crate) mod receiving;
pub(crate) mod records;
pub(crate) mod reviews;
pub(crate) mod steps;

use std::sync::Arc;

use verbund_store::{FatalSignal, Result, Store};

/// A place where a store can be opened, closed and opened again.
#[async_trait::async_trait]
pub(crate) trait Engine: Send + Sync {
    /// An engine with nothing in it.
    async fn new() -> Self
    where
        Self: Sized;

    /// The same, but with files that hold nothing of others.
    async fn alone() -> Self
    where
        Self: Sized,
    {
        Self::new().await
    }

    /// Opens the store, with the signal that it raises when it fails.
    async fn open_with(&self, fatal: FatalSignal) -> Result<Arc<dyn Store>>;

    /// Every byte that the engine has on disk, keys not included.
    fn bytes(&self) -> Vec<u8>;

    /// The same once the engine has let go of what was deleted, where it does that in its own time.
    fn settled_bytes(&self) -> Vec<u8> {
        self.bytes()
    }

    /// The bytes of all erasure keys.
    fn keys(&self) -> Vec<Vec<u8>>;

    /// Queues so many updates past the store.
    async fn fill_queue(&self, rows: u64);

    /// Opens the store.
    async fn open(&self) -> Arc<dyn Store> {
        self.open_with(FatalSignal::new()).await.unwrap()
    }
}

/// Whether bytes hold others.
pub(crate) fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Makes a test of each case for an engine.
#[macro_export]
macro_rules! suite {
    ($engine:ty) => {
        $crate::suite!(@module $engine, lanes:
            opening_stores_the_first_entry,
            the_same_audience_has_one_open_lane,
            a_stopped_lane_takes_nothing_and_says_why,
            the_store_belongs_to_one_node,
        );
        $crate::suite!(@module $engine, publishing:
            entries_are_given_back_as_they_were_stored,
            everything_survives_a_restart,
            calls_at_once_share_lanes_without_gaps,
            a_request_gets_its_first_answer_again,
            a_request_with_another_content_is_refused,
            the_same_request_twice_in_one_call,
            a_subject_begins_once,
            a_step_follows_the_latest,
            versions_are_bounded_but_taking_back_is_not,
            what_can_t_be_taken_whole_is_not_taken,
            a_dropped_call_is_finished,
            drafts_and_links_come_with_their_item,
            a_draft_is_used_up_once,
        );
        $crate::suite!(@module $engine, receiving:
            a_lane_is_opened_and_continued,
            what_is_known_is_skipped,
            gaps_forks_and_strangers_move_nothing,
            two_carriers_at_once_store_each_entry_once,
            usage_is_counted_for_new_entries_only,
            steps_are_judged_against_their_subject,
            a_subject_belongs_to_its_origin_and_audience,
            a_copied_subject_keeps_nobody_out,
            versions_of_others_are_bounded,
            what_waits_is_found_and_readmitted,
            a_late_version_does_not_undo_a_later_one,
            exceptions_are_told_newest_last,
        );
        $crate::suite!(@module $engine, reading:
            entries_come_in_order_within_limits,
            frames_are_read_apart,
            a_situation_follows_its_entries,
            pages_meet_without_gaps_or_repeats,
            filters_narrow_in_every_combination,
            what_changes_moves_to_the_front,
        );
        $crate::suite!(@module $engine, erasure:
            a_received_withdrawal_takes_what_came_with_it,
            a_withdrawal_names_entries_that_wait,
            a_withdrawal_of_what_never_came_is_understood,
            others_of_the_day_stay_readable,
            an_erasure_is_finished_after_a_restart,
            an_erasure_asked_for_meanwhile_is_not_lost,
            requests_are_forgotten_after_their_time,
            reads_are_whole_while_keys_change,
        );
        $crate::suite!(@module $engine, records:
            the_latest_receipt_is_kept,
            first_showings_are_kept_for_two_weeks,
            showings_go_with_their_entry,
            alarms_are_bounded,
            a_charter_is_followed_by_a_newer_one_only,
            closed_means_closed,
            a_hold_is_fenced,
            charters_are_followed_one_by_one,
            an_audit_log_is_bounded_and_forgotten,
            each_start_raises_the_generation,
        );
        $crate::suite!(@module $engine, reviews:
            a_draft_is_held_once_and_decided_once,
            a_confirmed_draft_is_published_in_the_same_transaction,
            what_is_decided_may_wait_for_something_else,
            as_many_wait_as_may,
            what_is_held_stays_readable_when_its_day_gets_a_new_key,
            what_became_of_a_draft_is_forgotten_after_its_time,
        );
        $crate::suite!(@module $engine, queue:
            what_is_queued_keeps_its_order_and_survives_a_restart,
            a_queued_update_is_published_once_and_leaves_in_the_same_transaction,
            a_subject_that_is_published_is_not_queued_again,
            as_much_is_queued_as_may,
            what_is_queued_stays_readable_when_its_day_gets_a_new_key,
            what_is_queued_is_gone_when_its_day_is_over,
        );
        $crate::suite!(@module $engine, steps:
            a_step_follows_its_agencys_latest,
            a_condition_fits_what_it_is_for,
            agencies_step_beside_each_other,
            a_situation_is_undisturbed_by_steps_on_it,
            a_situations_erasure_leaves_steps,
            a_step_takes_back_what_it_names_and_nothing_else,
            a_closed_subject_goes_whole_and_nothing_else,
            steps_are_forgotten_on_their_day,
            every_step_is_read_once_while_others_come,
            what_waited_becomes_a_step_in_its_place,
        );
        // What they look at is the engine's files.
        $crate::suite!(@module $engine, publishing alone:
            a_fingerprint_is_kept_under_the_text_s_salt_only,
        );
        $crate::suite!(@module $engine, receiving alone:
            refused_content_is_not_kept,
        );
        $crate::suite!(@module $engine, erasure alone:
            text_is_never_on_disk_in_clear,
            a_withdrawal_hides_at_once_and_destroys_when_finished,
            what_is_due_is_destroyed,
            readings_outlive_what_told_them_and_go_on_their_day,
        );
        $crate::suite!(@module $engine, queue alone:
            what_is_refused_stays_and_what_is_dropped_goes_with_its_key,
        );
        $crate::suite!(@module $engine, steps alone:
            a_closed_subject_is_destroyed_when_finished,
            a_flood_in_one_lane_hides_no_other,
        );
        $crate::suite!(@module $engine, records alone:
            drafts_come_due,
        );
        $crate::suite!(@module $engine, reviews alone:
            a_held_text_is_never_on_disk_in_clear_and_goes_with_its_key,
        );
    };
    (@module $engine:ty, $module:ident: $($case:ident,)+) => {
        mod $module {
            use super::*;
            $( $crate::suite!(@case $engine, new, $module, $case); )+
        }
    };
    (@module $engine:ty, $module:ident alone: $($case:ident,)+) => {
        $( $crate::suite!(@case $engine, alone, $module, $case); )+
    };
    (@case $engine:ty, $make:ident, $module:ident, $case:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            let engine = <$engine as $crate::suite::Engine>::$make().await;
            $crate::suite::$module::$case(&engine).await;
        }
    };
}

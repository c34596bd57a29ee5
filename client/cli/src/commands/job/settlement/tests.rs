use super::*;
use secureflow_primitives::{
    revenue::{Agreement, Formula},
    Round, SpaceId, H256,
};

fn receipt(party: u32, round: u32) -> Receipt {
    Receipt {
        job: JobId(0),
        round: Round(round),
        party: OrgId(party),
        rows: 1,
        compute_ms: 1,
        utility: 0,
        bytes: 1,
    }
}

#[test]
fn a_receipt_is_found_or_the_steps_are_named() {
    let receipts = [receipt(0, 0), receipt(1, 0), receipt(0, 1), receipt(1, 1)];
    assert_eq!(find(&receipts, OrgId(1), 1).unwrap(), 3);
    let refused = find(&receipts, OrgId(1), 7).unwrap_err();
    assert!(refused.to_string().contains("0, 1"), "{refused}");
    let refused = find(&receipts, OrgId(5), 0).unwrap_err();
    assert!(refused.to_string().contains("parties"), "{refused}");
}

#[test]
fn a_settlement_says_where_it_stands() {
    let mut settlement = Settlement {
        space: SpaceId(0),
        agreement: Agreement {
            formula: Formula::Equal,
            reward: 10,
            dispute_window: 5,
        },
        prices: Default::default(),
        payouts: Default::default(),
        at: 100,
        claimed_at: None,
    };
    let mut dispute = Dispute {
        party: OrgId(0),
        receipt: receipt(0, 0),
        claimed: Figures::default(),
        evidence: H256::zero(),
        falls_at: 150,
        ruling: None,
    };
    let at = |settlement: &Settlement, disputes: &[Dispute], now| status(settlement, disputes, now).0;
    assert_eq!(at(&settlement, &[], 104), "window");
    assert_eq!(at(&settlement, &[], 105), "claimable");
    assert_eq!(at(&settlement, &[dispute], 149), "disputed");
    assert_eq!(at(&settlement, &[dispute], 150), "claimable");
    dispute.ruling = Some(Ruling::Rejected);
    assert_eq!(at(&settlement, &[dispute], 110), "claimable");
    settlement.claimed_at = Some(120);
    assert_eq!(at(&settlement, &[dispute], 130), "claimed");
}

#[test]
fn figures_not_given_stay() {
    let base = Figures {
        rows: 1,
        compute_ms: 2,
        utility: 3,
    };
    let args = FigureArgs {
        rows: Some(9),
        compute_ms: None,
        utility: None,
    };
    assert_eq!(args.or(base), Figures { rows: 9, ..base });
}

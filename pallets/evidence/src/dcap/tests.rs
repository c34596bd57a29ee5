//! What no published quote shows: attributes that are refused, and platforms at every level.

use super::{
    check_attributes,
    levels::{Platforms, Versions},
    status::{AcceptedStatuses, Component, Shortfall, TcbStatus},
};
use crate::{Error, Rule};
use alloc::vec::Vec;
use dcap_qvl::{
    quote::{Quote, Report},
    SvnComponent, TcbInfo,
};

const SGX: &[u8] = include_bytes!("../../tests/vectors/dcap/sgx-quote.bin");
const TDX_V4: &[u8] = include_bytes!("../../tests/vectors/dcap/tdx-quote.bin");
const TDX_V5: &[u8] = include_bytes!("../../tests/vectors/dcap/tdx-quote-td15ex.bin");

fn report(quote: &[u8]) -> Report {
    Quote::parse(quote).expect("it is genuine").report
}

/// `ATTRIBUTES` of a TD: Intel 348551, table 3.23.
#[test]
fn each_attribute_of_a_trust_domain_is_judged() {
    for quote in [TDX_V4, TDX_V5] {
        assert_eq!(check_attributes(&report(quote)), Ok(()));
        for bit in 0..64 {
            let mut changed = report(quote);
            let attributes = match &mut changed {
                Report::TD10(td) => &mut td.td_attributes,
                Report::TD15(td) => &mut td.base.td_attributes,
                Report::TD15Ex(td) => &mut td.base.base.td_attributes,
                Report::SgxEnclave(_) => panic!("it is a trust domain"),
            };
            let bits = u64::from_le_bytes(*attributes) | 1 << bit;
            *attributes = bits.to_le_bytes();
            let expected = match bit {
                0..=7 => Err(Rule::Debug),
                29 => Err(Rule::Migration),
                17 => Err(Rule::ServiceTd),
                8..=15 | 23..=26 | 32..=61 => Err(Rule::ReservedBits),
                _ => Ok(()),
            };
            assert_eq!(check_attributes(&changed), expected.map_err(Error::Rule), "bit {bit}");
        }
    }
    let Report::TD10(mut td) = report(TDX_V4) else {
        panic!("it is of version 4")
    };
    td.td_attributes = [0; 8];
    assert_eq!(check_attributes(&Report::TD10(td)), Err(Error::Rule(Rule::SeptVe)));
    let Report::TD15Ex(mut td) = report(TDX_V5) else {
        panic!("it is of version 5")
    };
    td.base.mr_service_td[47] = 1;
    assert_eq!(check_attributes(&Report::TD15Ex(td)), Err(Error::Rule(Rule::ServiceTd)));
}

#[test]
fn an_enclave_that_can_be_debugged_is_refused() {
    let Report::SgxEnclave(mut enclave) = report(SGX) else {
        panic!("it is an enclave")
    };
    assert_eq!(check_attributes(&Report::SgxEnclave(enclave)), Ok(()));
    enclave.attributes[0] |= 1 << 1;
    assert_eq!(
        check_attributes(&Report::SgxEnclave(enclave)),
        Err(Error::Rule(Rule::Debug))
    );
}

fn tcb_info(json: &[u8]) -> TcbInfo {
    let json: serde_json::Value = serde_json::from_slice(json).expect("it is JSON");
    serde_json::from_str(json["tcb_info"].as_str().expect("it is text")).expect("it is TCB info")
}

/// A small generator (Steele and Vigna's splitmix64), so that a failure can be repeated.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Platforms near the published levels get the status and the shortfalls that `dcap-qvl` finds level by level.
#[test]
fn levels_are_matched_as_the_reference_matches_them() {
    let files: [(&[u8], bool); 3] = [
        (
            include_bytes!("../../tests/vectors/dcap/sgx-quote-collateral.json"),
            false,
        ),
        (
            include_bytes!("../../tests/vectors/dcap/tdx-quote-collateral.json"),
            true,
        ),
        (
            include_bytes!("../../tests/vectors/dcap/tdx-quote-outdated-collateral.json"),
            true,
        ),
    ];
    let mut state = 1;
    for (file, tdx) in files {
        let info = tcb_info(file);
        let platforms = Platforms::read(&info, tdx).expect("it is genuine");
        for round in 0..3000 {
            let level = &info.tcb_levels[next(&mut state) as usize % info.tcb_levels.len()].tcb;
            let mut around = |needs: u8| {
                needs
                    .saturating_add((next(&mut state).is_multiple_of(8)) as u8)
                    .saturating_sub((next(&mut state).is_multiple_of(24)) as u8)
            };
            let mut have = Versions {
                sgx: [0; 16],
                pce: level.pce_svn - (round % 5 == 0) as u16,
                tdx: [0; 16],
            };
            have.sgx
                .iter_mut()
                .zip(&level.sgx_components)
                .for_each(|(svn, needs)| *svn = around(needs.svn));
            have.tdx
                .iter_mut()
                .zip(&level.tdx_components)
                .for_each(|(svn, needs)| *svn = around(needs.svn));
            if tdx {
                have.tdx[1] = (round % 2) as u8;
            }
            check(&info, &platforms, &have, tdx);
        }
    }
}

fn check(info: &TcbInfo, platforms: &Platforms, have: &Versions, tdx: bool) {
    let svn = tdx.then_some(&have.tdx);
    let shortfalls = |level: &dcap_qvl::TcbLevel| level.shortfalls(&have.sgx, have.pce, svn).expect("16 components");
    // Intel lists levels from the highest down, which is the order that both sort into.
    let level = info.tcb_levels.iter().find(|level| shortfalls(level).is_empty());
    let module = match have.tdx[1] {
        0 => Some(TcbStatus::UpToDate),
        _ => info.tdx_module_identity(&have.tdx).ok().flatten().and_then(|identity| {
            let met = identity
                .tcb_levels
                .iter()
                .find(|level| level.shortfall(&have.tdx).is_none());
            met.map(|level| level.tcb_status.into())
        }),
    };
    let expected = level
        .zip(module)
        .map(|(level, module)| TcbStatus::from(level.tcb_status).converge(module));
    assert_eq!(platforms.status(have), expected);

    let accepted = AcceptedStatuses::default();
    let nearest = info
        .tcb_levels
        .iter()
        .filter(|level| accepted.contains(level.tcb_status.into()));
    let nearest = nearest
        .map(shortfalls)
        .min_by_key(Vec::len)
        .and_then(|short| short.first().copied());
    if let Some(short) = nearest {
        let component = match short.component {
            SvnComponent::Sgx(index) => Component::Sgx(index),
            SvnComponent::Tdx(index) => Component::Tdx(index),
            SvnComponent::PceSvn => Component::Pce,
            SvnComponent::TdxModuleIsvSvn => Component::TdxModule,
        };
        let expected = Shortfall {
            component,
            have: short.have,
            needs: short.needs,
        };
        assert_eq!(platforms.shortfall(have, accepted), Some(expected));
    }
}

/// Intel's `convergeTcbStatuses` and `checkForRelaunch`.
#[test]
fn statuses_combine_as_intel_combines_them() {
    use TcbStatus::*;
    for (platform, component, expected) in [
        (UpToDate, UpToDate, UpToDate),
        (UpToDate, OutOfDate, OutOfDate),
        (SWHardeningNeeded, OutOfDate, OutOfDate),
        (ConfigurationNeeded, OutOfDate, OutOfDateConfigurationNeeded),
        (
            ConfigurationAndSWHardeningNeeded,
            OutOfDate,
            OutOfDateConfigurationNeeded,
        ),
        (OutOfDate, UpToDate, OutOfDate),
        (UpToDate, ConfigurationNeeded, UpToDate),
        (ConfigurationNeeded, Revoked, Revoked),
    ] {
        assert_eq!(platform.converge(component), expected, "{platform} with {component}");
    }
    for (launch, current, expected) in [
        (UpToDate, UpToDate, UpToDate),
        (OutOfDate, UpToDate, TDRelaunchAdvised),
        (OutOfDate, SWHardeningNeeded, TDRelaunchAdvised),
        (OutOfDate, ConfigurationNeeded, TDRelaunchAdvisedConfigurationNeeded),
        (
            OutOfDateConfigurationNeeded,
            UpToDate,
            TDRelaunchAdvisedConfigurationNeeded,
        ),
        (OutOfDate, OutOfDate, OutOfDate),
        (ConfigurationNeeded, UpToDate, ConfigurationNeeded),
        (Revoked, UpToDate, Revoked),
    ] {
        assert_eq!(launch.under(current), expected, "{launch} under {current}");
    }
}

//! Who sends and executes messages between chains: nobody; see the README one folder up.

#![no_std]

extern crate alloc;

use alloc::boxed::Box;
use frame_support::{
    dispatch::{DispatchErrorWithPostInfo, WithPostDispatchInfo},
    weights::Weight,
};
use sp_runtime::DispatchError;
use xcm::{VersionedLocation, VersionedXcm, XcmHash};

/// Executes and sends.
pub trait Controller<Origin, RuntimeCall, Timeout>:
    ExecuteController<Origin, RuntimeCall> + SendController<Origin>
{
}

/// Executes a message here.
pub trait ExecuteController<Origin, RuntimeCall> {
    type WeightInfo: ExecuteControllerWeightInfo;

    fn execute(
        origin: Origin,
        message: Box<VersionedXcm<RuntimeCall>>,
        max_weight: Weight,
    ) -> Result<Weight, DispatchErrorWithPostInfo>;
}

/// What executing weighs.
pub trait ExecuteControllerWeightInfo {
    fn execute() -> Weight;
}

/// Sends a message elsewhere.
pub trait SendController<Origin> {
    type WeightInfo: SendControllerWeightInfo;

    fn send(
        origin: Origin,
        dest: Box<VersionedLocation>,
        message: Box<VersionedXcm<()>>,
    ) -> Result<XcmHash, DispatchError>;
}

/// What sending weighs.
pub trait SendControllerWeightInfo {
    fn send() -> Weight;
}

const NONE: DispatchError = DispatchError::Other("this chain has no messages to other chains");

impl<Origin, RuntimeCall, Timeout> Controller<Origin, RuntimeCall, Timeout> for () {}

impl<Origin, RuntimeCall> ExecuteController<Origin, RuntimeCall> for () {
    type WeightInfo = ();

    fn execute(_: Origin, _: Box<VersionedXcm<RuntimeCall>>, _: Weight) -> Result<Weight, DispatchErrorWithPostInfo> {
        Err(NONE.with_weight(Weight::zero()))
    }
}

impl ExecuteControllerWeightInfo for () {
    fn execute() -> Weight {
        Weight::zero()
    }
}

impl<Origin> SendController<Origin> for () {
    type WeightInfo = ();

    fn send(_: Origin, _: Box<VersionedLocation>, _: Box<VersionedXcm<()>>) -> Result<XcmHash, DispatchError> {
        Err(NONE)
    }
}

impl SendControllerWeightInfo for () {
    fn send() -> Weight {
        Weight::zero()
    }
}

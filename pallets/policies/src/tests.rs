mod calls;
mod history;
mod ledger;
mod rules;
mod views;

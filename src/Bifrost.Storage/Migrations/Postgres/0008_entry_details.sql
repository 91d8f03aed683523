-- Expand-only.
-- Of an entry: those of its cache writes that are kept for an hour, and what the provider says that the call cost. Programs that do not know them write
-- neither.
alter table ledger_entry add column cached_write_1h_tokens bigint not null default 0;
alter table ledger_entry add column reported_nanos bigint;

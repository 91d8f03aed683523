-- How many partitions the rows were spread over at the first start.
create table job_setting (
    only_one   integer primary key check (only_one = 1),
    partitions integer not null check (partitions > 0)
) strict;

-- Counters of the jobs of one key that have not ended; running are those in status 1. They change with every job, so no index is on them.
create table job_key (
    virtual_key_id  text primary key,
    partition       integer not null,
    open_jobs       integer not null check (open_jobs >= 0),
    open_bytes      integer not null check (open_bytes >= 0),
    running         integer not null default 0 check (running >= 0),
    paused_until_ms integer not null default 0
) strict, without rowid;

-- status: 0 pending, 1 processing, 2 completed, 3 failed, 4 cancelled.
create table job (
    id               blob primary key,
    virtual_key_id   text not null,
    partition        integer not null,
    request_id       text not null,
    status           integer not null,
    fence            integer not null,
    attempts         integer not null check (attempts >= 0),
    drains           integer not null,
    owner            blob,
    lease_until_ms   integer,
    cancel_requested integer not null,
    not_before_ms    integer not null,
    waiting_since_ms integer,
    created_at_ms    integer not null,
    ended_at_ms      integer,
    expires_at_ms    integer,
    result_ttl_s     integer not null,
    body_bytes       integer not null,
    status_code      integer not null,
    last_error       text,
    webhook          text
) strict, without rowid;
create index job_due on job (partition, virtual_key_id, not_before_ms, id) where status = 0;
create index job_lease on job (lease_until_ms) where status = 1;
create index job_expiry on job (expires_at_ms) where expires_at_ms is not null;
create index job_of_key on job (virtual_key_id, id);
create index job_of_status on job (status, id);

-- encoding: 0 as it is, 1 Brotli; length is that of the unpacked body.
create table job_request (
    job_id   blob primary key,
    call     text not null,
    encoding integer not null,
    length   integer not null,
    body     blob not null
) strict;
create table job_result (
    job_id      blob primary key,
    status_code integer not null,
    headers     text not null,
    encoding    integer not null,
    length      integer not null,
    body        blob not null
) strict;

-- Kept for its time and as long as its job; job_gone is set by the sweep that deletes the job.
create table job_idempotency (
    virtual_key_id  text not null,
    idempotency_key text not null,
    body_hash       blob not null,
    job_id          blob not null,
    at_ms           integer not null,
    job_gone        integer not null default 0,
    primary key (virtual_key_id, idempotency_key)
) strict, without rowid;
create unique index job_idempotency_job on job_idempotency (job_id);
create index job_idempotency_gone on job_idempotency (at_ms) where job_gone = 1;

-- state: 0 pending, 1 leased, 2 delivered, 3 dead.
create table job_delivery (
    id                   blob primary key,
    job_id               blob not null,
    virtual_key_id       text not null,
    request_id           text not null,
    endpoint             text not null,
    job_status           integer not null,
    status_code          integer not null,
    created_at_ms        integer not null,
    result_expires_at_ms integer not null,
    state                integer not null,
    fence                integer not null,
    attempts             integer not null,
    not_before_ms        integer not null,
    ended_at_ms          integer,
    last_status          integer not null,
    last_error           text
) strict, without rowid;
create index job_delivery_due on job_delivery (not_before_ms) where state < 2;
create index job_delivery_ended on job_delivery (ended_at_ms) where ended_at_ms is not null;
create index job_delivery_endpoint on job_delivery (endpoint, id);
create index job_delivery_job on job_delivery (job_id);

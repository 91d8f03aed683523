-- How many partitions the rows were spread over at the first start.
create table job_setting (
    only_one   boolean primary key default true check (only_one),
    partitions integer not null check (partitions > 0)
);

-- Counters of the jobs of one key that have not ended; running are those in status 1. They change with every job, so no index is on them.
-- Locked after the key's jobs.
create table job_key (
    virtual_key_id  text collate "C" primary key,
    partition       integer not null,
    open_jobs       bigint not null check (open_jobs >= 0),
    open_bytes      bigint not null check (open_bytes >= 0),
    running         bigint not null default 0 check (running >= 0),
    paused_until_ms bigint not null default 0
) with (fillfactor = 50);

-- status: 0 pending, 1 processing, 2 completed, 3 failed, 4 cancelled.
create table job (
    id               uuid primary key,
    virtual_key_id   text collate "C" not null,
    partition        integer not null,
    request_id       text not null,
    status           smallint not null,
    fence            bigint not null,
    attempts         integer not null check (attempts >= 0),
    drains           integer not null,
    owner            uuid,
    lease_until_ms   bigint,
    cancel_requested boolean not null,
    not_before_ms    bigint not null,
    waiting_since_ms bigint,
    created_at_ms    bigint not null,
    ended_at_ms      bigint,
    expires_at_ms    bigint,
    result_ttl_s     bigint not null,
    body_bytes       integer not null,
    status_code      integer not null,
    last_error       text,
    webhook          text
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index job_due on job (partition, virtual_key_id, not_before_ms, id) where status = 0;
create index job_lease on job (lease_until_ms) where status = 1;
create index job_expiry on job (expires_at_ms) where expires_at_ms is not null;
create index job_of_key on job (virtual_key_id, id);
create index job_of_status on job (status, id);

-- encoding: 0 as it is, 1 Brotli; length is that of the unpacked body.
create table job_request (
    job_id   uuid primary key,
    call     text not null,
    encoding smallint not null,
    length   integer not null,
    body     bytea not null
);
create table job_result (
    job_id      uuid primary key,
    status_code integer not null,
    headers     text not null,
    encoding    smallint not null,
    length      integer not null,
    body        bytea not null
);

-- Large bodies come compressed.
alter table job_request alter column body set storage external;
alter table job_result alter column body set storage external;

-- Kept for its time and as long as its job; job_gone is set by the sweep that deletes the job.
create table job_idempotency (
    virtual_key_id  text collate "C" not null,
    idempotency_key text collate "C" not null,
    body_hash       bytea not null,
    job_id          uuid not null,
    at_ms           bigint not null,
    job_gone        boolean not null default false,
    primary key (virtual_key_id, idempotency_key)
);
create unique index job_idempotency_job on job_idempotency (job_id);
create index job_idempotency_gone on job_idempotency (at_ms) where job_gone;

-- state: 0 pending, 1 leased, 2 delivered, 3 dead.
create table job_delivery (
    id                   uuid primary key,
    job_id               uuid not null,
    virtual_key_id       text collate "C" not null,
    request_id           text not null,
    endpoint             text collate "C" not null,
    job_status           smallint not null,
    status_code          integer not null,
    created_at_ms        bigint not null,
    result_expires_at_ms bigint not null,
    state                smallint not null,
    fence                bigint not null,
    attempts             integer not null,
    not_before_ms        bigint not null,
    ended_at_ms          bigint,
    last_status          integer not null,
    last_error           text
);
create index job_delivery_due on job_delivery (not_before_ms) where state < 2;
create index job_delivery_ended on job_delivery (ended_at_ms) where ended_at_ms is not null;
create index job_delivery_endpoint on job_delivery (endpoint, id);
create index job_delivery_job on job_delivery (job_id);

-- Times are milliseconds since 1970-01-01 UTC, money is nano-dollars. The store's clock is this function, read after the locks are taken.
create function bifrost_now_ms() returns bigint language sql volatile
    as $$ select (extract(epoch from clock_timestamp()) * 1000)::bigint $$;

create table catalog (
    only_one boolean primary key default true check (only_one),
    version  bigint not null
);
insert into catalog (version) values (0);

-- Counters belong to the ledger, everything else to the catalog. Rows are never deleted, only retired. Rows that change all the time have
-- room left on their pages, so that an update need not touch an index.
create table budget (
    id               text collate "C" primary key,
    object_kind      text not null default '',
    object_id        text not null default '',
    level            smallint not null,
    owner_id         text not null,
    period_count     integer not null check (period_count > 0),
    period_unit      smallint not null,
    calendar_aligned boolean not null,
    limit_nanos      bigint not null check (limit_nanos >= 0),
    window_start_ms  bigint not null,
    posted_nanos     bigint not null default 0 check (posted_nanos >= 0),
    leased_nanos     bigint not null default 0 check (leased_nanos >= 0),
    doubt_nanos      bigint not null default 0 check (doubt_nanos >= 0),
    retired          boolean not null default false,
    version          bigint not null
) with (fillfactor = 50);
create unique index budget_of_object on budget (object_kind, object_id, level, owner_id, period_count, period_unit, calendar_aligned)
    where object_kind <> '';
create index budget_version on budget (version);

-- Virtual keys that the store grants credit to or not; a key that is not here is not refused.
create table key_state (
    virtual_key_id text collate "C" primary key,
    active         boolean not null
);

create table holder (
    id            uuid primary key,
    seen_until_ms bigint not null,
    dead          boolean not null default false,
    catalog_seen  bigint not null
) with (fillfactor = 50);

-- state: 0 open, 1 doubt, 2 closed. chain: [["budget id", window start], ...]
create table credit_lease (
    id             uuid primary key,
    holder_id      uuid,
    virtual_key_id text not null default '',
    chain          text not null default '[]',
    granted_nanos  bigint not null check (granted_nanos >= 0),
    settled_nanos  bigint not null check (settled_nanos >= 0),
    spend_until_ms bigint not null default 0,
    state          smallint not null,
    doubt_at_ms    bigint
) with (fillfactor = 70);
create index credit_lease_open on credit_lease (id) where state = 0;
create index credit_lease_doubt on credit_lease (id) where state = 1;

-- kind: 0 settle, 1 unknown, 2 adjust.
create table ledger_entry (
    attempt_id              uuid primary key,
    lease_id                uuid,
    kind                    smallint not null,
    virtual_key_id          text not null,
    team_id                 text,
    customer_id             text,
    provider                text not null,
    model                   text not null,
    request_id              text not null,
    job_id                  text,
    cost_nanos              bigint not null,
    prompt_tokens           bigint not null,
    completion_tokens       bigint not null,
    cached_read_tokens      bigint not null,
    cached_write_tokens     bigint not null,
    reasoning_tokens        bigint not null,
    prompt_audio_tokens     bigint not null,
    completion_audio_tokens bigint not null,
    citation_tokens         bigint not null,
    search_queries          bigint not null,
    estimated               boolean not null,
    unpriced                boolean not null,
    status                  integer not null,
    latency_ms              bigint not null,
    reason                  text,
    at_ms                   bigint not null
);
create index ledger_entry_key on ledger_entry (virtual_key_id, attempt_id);

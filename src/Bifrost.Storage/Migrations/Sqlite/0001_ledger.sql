-- Times are milliseconds since 1970-01-01 UTC, money is nano-dollars, ids that are UUIDs are 16 bytes in big-endian order.
create table catalog (
    only_one integer primary key check (only_one = 1),
    version  integer not null
) strict;
insert into catalog (only_one, version) values (1, 0);

-- Counters belong to the ledger, everything else to the catalog. Rows are never deleted, only retired.
create table budget (
    id               text primary key,
    object_kind      text not null default '',
    object_id        text not null default '',
    level            integer not null,
    owner_id         text not null,
    period_count     integer not null check (period_count > 0),
    period_unit      integer not null,
    calendar_aligned integer not null,
    limit_nanos      integer not null check (limit_nanos >= 0),
    window_start_ms  integer not null,
    posted_nanos     integer not null default 0 check (posted_nanos >= 0),
    leased_nanos     integer not null default 0 check (leased_nanos >= 0),
    doubt_nanos      integer not null default 0 check (doubt_nanos >= 0),
    retired          integer not null default 0,
    version          integer not null
) strict;
create unique index budget_of_object on budget (object_kind, object_id, level, owner_id, period_count, period_unit, calendar_aligned)
    where object_kind <> '';
create index budget_version on budget (version);

-- Virtual keys that the store grants credit to or not; a key that is not here is not refused.
create table key_state (
    virtual_key_id text primary key,
    active         integer not null
) strict, without rowid;

create table holder (
    id            blob primary key,
    seen_until_ms integer not null,
    dead          integer not null default 0,
    catalog_seen  integer not null
) strict, without rowid;

-- state: 0 open, 1 doubt, 2 closed. chain: [["budget id", window start], ...]
create table credit_lease (
    id             blob primary key,
    holder_id      blob,
    virtual_key_id text not null default '',
    chain          text not null default '[]',
    granted_nanos  integer not null check (granted_nanos >= 0),
    settled_nanos  integer not null check (settled_nanos >= 0),
    spend_until_ms integer not null default 0,
    state          integer not null,
    doubt_at_ms    integer
) strict, without rowid;
create index credit_lease_open on credit_lease (id) where state = 0;
create index credit_lease_doubt on credit_lease (id) where state = 1;

-- kind: 0 settle, 1 unknown, 2 adjust.
create table ledger_entry (
    attempt_id              blob primary key,
    lease_id                blob,
    kind                    integer not null,
    virtual_key_id          text not null,
    team_id                 text,
    customer_id             text,
    provider                text not null,
    model                   text not null,
    request_id              text not null,
    job_id                  text,
    cost_nanos              integer not null,
    prompt_tokens           integer not null,
    completion_tokens       integer not null,
    cached_read_tokens      integer not null,
    cached_write_tokens     integer not null,
    reasoning_tokens        integer not null,
    prompt_audio_tokens     integer not null,
    completion_audio_tokens integer not null,
    citation_tokens         integer not null,
    search_queries          integer not null,
    estimated               integer not null,
    unpriced                integer not null,
    status                  integer not null,
    latency_ms              integer not null,
    reason                  text,
    at_ms                   integer not null
) strict, without rowid;
create index ledger_entry_key on ledger_entry (virtual_key_id, attempt_id);

create table catalog_object (
    kind      text not null,
    id        text not null,
    json      blob not null,
    active    integer not null,
    file_hash blob,
    deleted   integer not null default 0,
    version   integer not null,
    primary key (kind, id)
) strict, without rowid;
create index catalog_object_version on catalog_object (version);

create table audit (
    id          blob primary key,
    at_ms       integer not null,
    actor       text not null,
    action      text not null,
    target_kind text not null,
    target_id   text not null,
    detail      text not null
) strict, without rowid;

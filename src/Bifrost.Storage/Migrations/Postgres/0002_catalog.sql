create table catalog_object (
    kind      text collate "C" not null,
    id        text collate "C" not null,
    json      bytea not null,
    active    boolean not null,
    file_hash bytea,
    deleted   boolean not null default false,
    version   bigint not null,
    primary key (kind, id)
);
create index catalog_object_version on catalog_object (version);

create table audit (
    id          uuid primary key,
    at_ms       bigint not null,
    actor       text not null,
    action      text not null,
    target_kind text not null,
    target_id   text not null,
    detail      text not null
);

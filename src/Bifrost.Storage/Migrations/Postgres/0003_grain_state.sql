-- State of grains. The version is the ETag; a cleared state keeps its row, so that an old writer cannot bring it back.
create table grain_state (
    name      text collate "C" not null,
    grain_key text collate "C" not null,
    payload   bytea,
    version   bigint not null,
    primary key (name, grain_key)
);

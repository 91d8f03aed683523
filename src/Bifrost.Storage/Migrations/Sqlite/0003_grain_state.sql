-- State of grains. The version is the ETag; a cleared state keeps its row, so that an old writer cannot bring it back.
create table grain_state (
    name      text not null,
    grain_key text not null,
    payload   blob,
    version   integer not null,
    primary key (name, grain_key)
) strict, without rowid;

-- Expand-only.
-- The silos of clusters, and the statements that Orleans' AdoNet providers run: they read them from OrleansQuery at their start and give them
-- parameters by name. State of grains stays in grain_state, whose primary key turns the second of two first writes away.
create table membership_version (
    cluster_id text collate "C" primary key,
    version    integer not null default 0,
    changed_at timestamptz not null default now()
);

create table membership (
    cluster_id    text collate "C" not null references membership_version,
    address       text collate "C" not null,
    port          integer not null,
    generation    integer not null,
    silo_name     text not null,
    host_name     text not null,
    status        integer not null,
    gateway_port  integer not null,
    suspect_times text,
    started_at    timestamptz not null,
    alive_at      timestamptz not null,
    primary key (cluster_id, address, port, generation)
);

create table OrleansQuery (
    QueryKey  text primary key,
    QueryText text not null
);

insert into OrleansQuery (QueryKey, QueryText) values
('InsertMembershipVersionKey', $sql$
    with made as (
        insert into membership_version (cluster_id) values (@DeploymentId) on conflict do nothing returning 1)
    select exists (select from made)
$sql$),

-- A row and the table's version change together, or neither does: two writers of one version meet at the version's row, and the second finds it gone.
('InsertMembershipKey', $sql$
    with moved as (
        update membership_version set version = version + 1, changed_at = now()
        where cluster_id = @DeploymentId and version = @Version and not exists (
            select from membership
            where cluster_id = @DeploymentId and address = @Address and port = @Port and generation = @Generation)
        returning cluster_id),
    made as (
        insert into membership (
            cluster_id, address, port, generation, silo_name, host_name, status, gateway_port, started_at, alive_at)
        select cluster_id, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime from moved
        returning 1)
    select exists (select from made)
$sql$),
('UpdateMembershipKey', $sql$
    with moved as (
        update membership_version set version = version + 1, changed_at = now()
        where cluster_id = @DeploymentId and version = @Version and exists (
            select from membership
            where cluster_id = @DeploymentId and address = @Address and port = @Port and generation = @Generation)
        returning cluster_id),
    changed as (
        update membership set status = @Status, suspect_times = @SuspectTimes, alive_at = @IAmAliveTime
        from moved
        where membership.cluster_id = moved.cluster_id and address = @Address and port = @Port and generation = @Generation
        returning 1)
    select exists (select from changed)
$sql$),
('UpdateIAmAlivetimeKey', $sql$
    update membership set alive_at = @IAmAliveTime
    where cluster_id = @DeploymentId and address = @Address and port = @Port and generation = @Generation
$sql$),

-- One row without a silo tells the version of an empty table.
('MembershipReadRowKey', $sql$
    select m.address as Address, m.port as Port, m.generation as Generation, m.silo_name as SiloName, m.host_name as HostName,
        m.status as Status, m.gateway_port as ProxyPort, m.suspect_times as SuspectTimes, m.started_at as StartTime,
        m.alive_at as IAmAliveTime, v.version as Version
    from membership_version v left join membership m
        on m.cluster_id = v.cluster_id and m.address = @Address and m.port = @Port and m.generation = @Generation
    where v.cluster_id = @DeploymentId
$sql$),
('MembershipReadAllKey', $sql$
    select m.address as Address, m.port as Port, m.generation as Generation, m.silo_name as SiloName, m.host_name as HostName,
        m.status as Status, m.gateway_port as ProxyPort, m.suspect_times as SuspectTimes, m.started_at as StartTime,
        m.alive_at as IAmAliveTime, v.version as Version
    from membership_version v left join membership m on m.cluster_id = v.cluster_id
    where v.cluster_id = @DeploymentId
$sql$),
('GatewaysQueryKey', $sql$
    select address as Address, gateway_port as ProxyPort, generation as Generation
    from membership where cluster_id = @DeploymentId and status = @Status and gateway_port > 0
$sql$),

-- 6: dead.
('CleanupDefunctSiloEntriesKey', $sql$
    delete from membership where cluster_id = @DeploymentId and status = 6 and alive_at < @IAmAliveTime
$sql$),
('DeleteMembershipTableEntriesKey', $sql$
    with gone as (delete from membership where cluster_id = @DeploymentId)
    delete from membership_version where cluster_id = @DeploymentId
$sql$),

-- The key names the grain's type too (WholeKeyStorage). No row answered: somebody else was faster.
('ReadFromStorageKey', $sql$
    select payload as PayloadBinary, version::integer as Version
    from grain_state where name = @GrainTypeString and grain_key = @GrainIdExtensionString
$sql$),
('WriteToStorageKey', $sql$
    with changed as (
        update grain_state set payload = @PayloadBinary, version = version + 1
        where name = @GrainTypeString and grain_key = @GrainIdExtensionString and version = @GrainStateVersion::integer
        returning version),
    made as (
        insert into grain_state (name, grain_key, payload, version)
        select @GrainTypeString, @GrainIdExtensionString, @PayloadBinary, 1 where @GrainStateVersion::integer is null
        on conflict do nothing
        returning version)
    select version::integer as NewGrainStateVersion from changed union all select version::integer from made
$sql$),
('ClearStorageKey', $sql$
    update grain_state set payload = null, version = version + 1
    where name = @GrainTypeString and grain_key = @GrainIdExtensionString and version = @GrainStateVersion::integer
    returning version::integer as NewGrainStateVersion
$sql$);

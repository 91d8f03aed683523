-- Expand-only.
-- Bytes that the ended jobs of a key keep in the store: their requests and their results, as they came. Triggers count them in the transaction that
-- writes or deletes them, so that programs which do not know this step count too. A key that keeps nothing has no row.
-- Locked after the key's counters.
create table job_kept (
    virtual_key_id text collate "C" primary key,
    bytes          bigint not null check (bytes >= 0)
) with (fillfactor = 50);

create function bifrost_job_keeps(key text, more bigint) returns void language sql volatile as $$
    insert into job_kept (virtual_key_id, bytes) values (key, more)
        on conflict (virtual_key_id) do update set bytes = job_kept.bytes + excluded.bytes
$$;

create function bifrost_job_drops(key text, less bigint) returns void language sql volatile as $$
    update job_kept set bytes = bytes - less where virtual_key_id = key;
    delete from job_kept where virtual_key_id = key and bytes = 0
$$;

create function bifrost_job_ended() returns trigger language plpgsql as $$ begin
    perform bifrost_job_keeps(new.virtual_key_id, new.body_bytes);
    return null;
end $$;

create function bifrost_job_retried_or_deleted() returns trigger language plpgsql as $$ begin
    perform bifrost_job_drops(old.virtual_key_id, old.body_bytes);
    return null;
end $$;

create function bifrost_job_result_written() returns trigger language plpgsql as $$ begin
    perform bifrost_job_keeps(j.virtual_key_id, new.length) from job j where j.id = new.job_id;
    return null;
end $$;

-- A result is deleted before its job.
create function bifrost_job_result_deleted() returns trigger language plpgsql as $$ begin
    perform bifrost_job_drops(j.virtual_key_id, old.length) from job j where j.id = old.job_id;
    return null;
end $$;

-- Waits for transactions that have jobs locked, which are all that write any of both tables, and lets none begin before the count is there.
lock table job in exclusive mode;

create trigger job_kept_ended after update of status on job for each row when (old.status < 2 and new.status >= 2)
    execute function bifrost_job_ended();
create trigger job_kept_retried after update of status on job for each row when (old.status >= 2 and new.status < 2)
    execute function bifrost_job_retried_or_deleted();
create trigger job_kept_deleted after delete on job for each row when (old.status >= 2)
    execute function bifrost_job_retried_or_deleted();
create trigger job_kept_result after insert on job_result for each row execute function bifrost_job_result_written();
create trigger job_kept_no_result after delete on job_result for each row execute function bifrost_job_result_deleted();

insert into job_kept (virtual_key_id, bytes)
    select j.virtual_key_id, sum(j.body_bytes::bigint + coalesce(r.length, 0)) from job j left join job_result r on r.job_id = j.id
    where j.status >= 2 group by j.virtual_key_id having sum(j.body_bytes::bigint + coalesce(r.length, 0)) > 0;

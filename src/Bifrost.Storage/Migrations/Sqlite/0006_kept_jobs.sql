-- Expand-only.
-- Bytes that the ended jobs of a key keep in the store: their requests and their results, as they came. Triggers count them in the transaction that
-- writes or deletes them, so that programs which do not know this step count too. A key that keeps nothing has no row.
create table job_kept (
    virtual_key_id text primary key,
    bytes          integer not null check (bytes >= 0)
) strict, without rowid;

create trigger job_kept_ended after update of status on job when old.status < 2 and new.status >= 2 begin
    insert into job_kept (virtual_key_id, bytes) values (new.virtual_key_id, new.body_bytes)
        on conflict (virtual_key_id) do update set bytes = bytes + excluded.bytes;
end;

create trigger job_kept_retried after update of status on job when old.status >= 2 and new.status < 2 begin
    update job_kept set bytes = bytes - old.body_bytes where virtual_key_id = old.virtual_key_id;
end;

create trigger job_kept_deleted after delete on job when old.status >= 2 begin
    update job_kept set bytes = bytes - old.body_bytes where virtual_key_id = old.virtual_key_id;
end;

create trigger job_kept_result after insert on job_result begin
    insert into job_kept (virtual_key_id, bytes) select j.virtual_key_id, new.length from job j where j.id = new.job_id
        on conflict (virtual_key_id) do update set bytes = bytes + excluded.bytes;
end;

-- A result is deleted before its job.
create trigger job_kept_no_result after delete on job_result begin
    update job_kept set bytes = bytes - old.length where virtual_key_id = (select j.virtual_key_id from job j where j.id = old.job_id);
end;

create trigger job_kept_nothing after update of bytes on job_kept when new.bytes = 0 begin
    delete from job_kept where virtual_key_id = new.virtual_key_id;
end;

insert into job_kept (virtual_key_id, bytes)
    select j.virtual_key_id, sum(j.body_bytes + coalesce(r.length, 0)) from job j left join job_result r on r.job_id = j.id
    where j.status >= 2 group by j.virtual_key_id having sum(j.body_bytes + coalesce(r.length, 0)) > 0;

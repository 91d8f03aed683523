using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Storage.Sqlite;

/// <summary>Deletes what has expired, at most so many rows of a kind, and writes zeros over their bytes; and keys that have nothing left.</summary>
internal static class SqliteJobSweep
{
    private const string IdleKeysSql =
        "select virtual_key_id, open_jobs = 0 and paused_until_ms <= ? and not exists (select 1 from job j where j.virtual_key_id = k.virtual_key_id) " +
        "and not exists (select 1 from job_idempotency i where i.virtual_key_id = k.virtual_key_id) " +
        "from job_key k where virtual_key_id > ? order by virtual_key_id limit ?";

    public static JobSweep Run(SqliteSession session, long nowMs, JobOptions options)
    {
        var max = options.SweepRowsMax;
        session.Script("pragma secure_delete = on");
        try
        {
            return new JobSweep(
                Jobs(session, nowMs, max),
                session.Prepare(
                        "delete from job_idempotency where job_id in (select job_id from job_idempotency where job_gone = 1 and at_ms <= ? limit ?)")
                    .Bind(nowMs - (long)options.IdempotencyFor.TotalMilliseconds).Bind(max).Run(),
                session.Prepare("delete from job_delivery where id in (select id from job_delivery where ended_at_ms <= ? limit ?)")
                    .Bind(nowMs - (long)options.DeliveryHistoryFor.TotalMilliseconds).Bind(max).Run());
        }
        finally
        {
            session.Script("pragma secure_delete = off");
        }
    }

    /// <summary>Looks at the next few keys and deletes those that have nothing left; answers the last one, or null at the end of the round.</summary>
    public static string? IdleKeys(SqliteSession session, string? after, long nowMs, int max)
    {
        var (idle, count, last) = (new List<string>(), 0, (string?)null);
        var rows = session.Prepare(IdleKeysSql).Bind(nowMs).Bind(after ?? "").Bind(max);
        for (; rows.Step(); count++)
        {
            last = rows.Text(0);
            if (rows.Bool(1)) idle.Add(last);
        }

        foreach (var key in idle) session.Prepare("delete from job_key where virtual_key_id = ?").Bind(key).Run();
        return count < max ? null : last;
    }

    private static int Jobs(SqliteSession session, long nowMs, int max)
    {
        var ids = session.Prepare("select id from job where expires_at_ms <= ? order by expires_at_ms limit ?").Bind(nowMs).Bind(max)
            .ReadAll(row => row.Id(0));
        foreach (var id in ids)
        {
            session.Prepare("delete from job_request where job_id = ?").Bind(id).Run();
            session.Prepare("delete from job_result where job_id = ?").Bind(id).Run();
            session.Prepare("update job_idempotency set job_gone = 1 where job_id = ?").Bind(id).Run();
            session.Prepare("delete from job where id = ?").Bind(id).Run();
        }

        return ids.Length;
    }
}

using Bifrost.Core.Jobs;
using Bifrost.Core.Jobs.Store;

namespace Bifrost.Storage.Sqlite;

/// <summary>Deletes what has expired, at most so many rows of a kind, and writes zeros over their bytes.</summary>
internal static class SqliteJobSweep
{
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

    private static int Jobs(SqliteSession session, long nowMs, int max)
    {
        var ids = new List<Guid>();
        var rows = session.Prepare("select id from job where expires_at_ms <= ? order by expires_at_ms limit ?").Bind(nowMs).Bind(max);
        while (rows.Step()) ids.Add(rows.Id(0));
        foreach (var id in ids)
        {
            session.Prepare("delete from job_request where job_id = ?").Bind(id).Run();
            session.Prepare("delete from job_result where job_id = ?").Bind(id).Run();
            session.Prepare("update job_idempotency set job_gone = 1 where job_id = ?").Bind(id).Run();
            session.Prepare("delete from job where id = ?").Bind(id).Run();
        }

        return ids.Count;
    }
}

using Bifrost.Storage.Migrations;
using Microsoft.Extensions.Logging;

namespace Bifrost.Storage.Sqlite;

/// <summary>Brings the schema up to date, all missing steps in one exclusive transaction.</summary>
internal static class SqliteMigrator
{
    public static void Run(SqliteSession session, string path, StoreClock clock, ILogger log)
    {
        session.Script("begin exclusive");
        try
        {
            session.Script(
                "create table if not exists schema_step " +
                "(number integer primary key, name text not null, hash text not null, at_ms integer not null) strict");
            var known = session.Prepare("select count(*) from pragma_table_info('schema_step') where name = 'expand_only'");
            if (known.ReadAll(static row => row.Int(0))[0] == 0) session.Script("alter table schema_step add column expand_only integer not null default 0");
            foreach (var step in MigrationPlan.Missing(Migration.Of("Sqlite"), Applied(session), $"The database {path}"))
            {
                session.Script(step.Sql);
                session.Prepare("insert into schema_step (number, name, hash, at_ms, expand_only) values (?, ?, ?, ?, ?)")
                    .Bind(step.Number).Bind(step.Name).Bind(step.Hash).Bind(clock.NowMs).Bind(step.IsExpandOnly).Run();
                Log.SchemaStepApplied(log, step.Name);
            }

            session.Script("commit");
        }
        catch
        {
            if (session.InTransaction) session.Script("rollback");
            throw;
        }
    }

    /// <summary>The steps of a database by their number.</summary>
    public static Dictionary<int, AppliedStep> Applied(SqliteSession session)
    {
        var applied = new Dictionary<int, AppliedStep>();
        var rows = session.Prepare("select number, hash, expand_only from schema_step");
        while (rows.Step()) applied[rows.Int(0)] = new AppliedStep(rows.Text(1), rows.Bool(2));
        return applied;
    }
}

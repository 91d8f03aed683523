using Bifrost.Ledger.Rules;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Ledger;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>The rows of <c>credit_lease</c>.</summary>
internal static class PostgresLeases
{
    /// <summary>
    /// In order of their ids. A lease that another transaction inserts at the same time is a unique violation: the loser runs again and finds it.
    /// </summary>
    public static void AddInsert(NpgsqlBatch batch, LeaseRecord[] leases)
    {
        if (leases.Length == 0) return;
        batch.Then(
            $"insert into credit_lease ({LedgerSql.LeaseColumns}) select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            P(Array.ConvertAll(leases, l => l.Id)),
            P(Array.ConvertAll(leases, l => l.HolderId)),
            P(Array.ConvertAll(leases, l => l.VirtualKeyId)),
            P(Array.ConvertAll(leases, l => ChainText.Write(l.Chain))),
            P(Array.ConvertAll(leases, l => l.GrantedNanos)),
            P(Array.ConvertAll(leases, l => l.SettledNanos)),
            P(Array.ConvertAll(leases, l => l.SpendUntilMs)),
            P(Array.ConvertAll(leases, l => (short)l.State)),
            P(Array.ConvertAll(leases, l => l.DoubtAtMs)));
    }

    public static void AddUpdate(NpgsqlBatch batch, LeaseRecord[] leases)
    {
        if (leases.Length == 0) return;
        batch.Then(
            "update credit_lease l set granted_nanos = v.granted, settled_nanos = v.settled, spend_until_ms = v.spend_until, state = v.state, " +
            "doubt_at_ms = v.doubt_at from unnest($1, $2, $3, $4, $5, $6) as v (id, granted, settled, spend_until, state, doubt_at) where l.id = v.id",
            P(Array.ConvertAll(leases, l => l.Id)),
            P(Array.ConvertAll(leases, l => l.GrantedNanos)),
            P(Array.ConvertAll(leases, l => l.SettledNanos)),
            P(Array.ConvertAll(leases, l => l.SpendUntilMs)),
            P(Array.ConvertAll(leases, l => (short)l.State)),
            P(Array.ConvertAll(leases, l => l.DoubtAtMs)));
    }
}

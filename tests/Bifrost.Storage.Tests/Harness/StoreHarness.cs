using System.Data.Common;
using System.Globalization;
using System.Text;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Tests.Harness;

/// <summary>A real store in a database of its own, with a clock that stands still until it is told.</summary>
internal abstract class StoreHarness : LedgerHarness
{
    public Store Store { get; protected set; } = null!;

    public override ILedgerStore Ledger => Store.Ledger;

    /// <summary>Closes the store and opens it again, as a restart does.</summary>
    public abstract Task ReopenAsync();

    /// <summary>Runs SQL past the store.</summary>
    public abstract Task ExecuteAsync(string sql);

    /// <summary>One number, read past the store.</summary>
    public abstract Task<long> CountAsync(string sql);

    /// <summary>The rows of a query, read past the store: a line each, the same on every database.</summary>
    public abstract Task<string> RowsAsync(string sql);

    protected static async Task<string> TextOfAsync(DbCommand query)
    {
        await using var rows = await query.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await rows.ReadAsync()) lines.Add(string.Join('|', Enumerable.Range(0, rows.FieldCount).Select(column => TextOf(rows.GetValue(column)))));
        return string.Join('\n', lines);
    }

    private static string TextOf(object value) => value switch
    {
        DBNull => "-",
        bool flag => flag ? "1" : "0",
        Guid id => Convert.ToHexStringLower(id.ToByteArray(bigEndian: true)),
        byte[] bytes when Array.TrueForAll(bytes, one => one is >= 32 and < 127) => Encoding.ASCII.GetString(bytes),
        byte[] bytes => Convert.ToHexStringLower(bytes),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}

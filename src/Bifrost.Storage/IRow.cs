namespace Bifrost.Storage;

/// <summary>
/// The row that a query stands on, read by position. Both databases have the same columns, so one decoder a table reads the rows of both:
/// <c>EntrySql</c>, <c>LedgerSql</c>, <c>CatalogSql</c>, <c>JobSql</c>, <c>GrainStateSql</c>.
/// </summary>
internal interface IRow
{
    bool IsNull(int column);

    bool Bool(int column);

    /// <summary>A column of 32 bits or fewer.</summary>
    int Int(int column);

    long Long(int column);

    string Text(int column);

    Guid Id(int column);

    byte[] Bytes(int column);
}

/// <summary>Columns that may be null, and times.</summary>
internal static class RowValues
{
    public static long? LongOrNull(this IRow row, int column) => row.IsNull(column) ? null : row.Long(column);

    public static string? TextOrNull(this IRow row, int column) => row.IsNull(column) ? null : row.Text(column);

    public static Guid? IdOrNull(this IRow row, int column) => row.IsNull(column) ? null : row.Id(column);

    public static byte[]? BytesOrNull(this IRow row, int column) => row.IsNull(column) ? null : row.Bytes(column);

    /// <summary>Milliseconds since 1970-01-01 UTC as a time.</summary>
    public static DateTimeOffset Time(this IRow row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.Long(column));

    public static DateTimeOffset? TimeOrNull(this IRow row, int column) => row.IsNull(column) ? null : row.Time(column);
}

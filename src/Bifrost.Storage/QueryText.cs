using Bifrost.Ledger.Store;

using System.Text;
using Bifrost.Storage.Ledger;

namespace Bifrost.Storage;

/// <summary>
/// A query whose conditions are put together at run time. Parameters are named <c>$1</c>, <c>$2</c>, … in the order of their values, which
/// SQLite reads as names and numbers by their first place in the text: so both databases take the same text.
/// </summary>
/// <param name="start">The query up to its first condition, with the parameters of <paramref name="values"/>.</param>
/// <param name="values">Values of the parameters so far.</param>
internal sealed class QueryText(string start, params object[] values)
{
    private readonly StringBuilder _text = new(start);

    /// <summary>Whole numbers as <see cref="long"/>, texts, ids.</summary>
    public List<object> Values { get; } = [.. values];

    /// <summary>Adds a condition that lacks its right side; nothing where there is no value.</summary>
    public QueryText And(string condition, object? value) => value is null ? this : Add($" and {condition} ", value);

    public QueryText Limit(string order, int countMax) => Add($" order by {order} limit ", (long)countMax);

    public override string ToString() => _text.ToString();

    /// <summary><c>$1, $2, …</c></summary>
    public static string Parameters(int count) => string.Join(", ", Enumerable.Range(1, count).Select(number => $"${number}"));

    private QueryText Add(string text, object value)
    {
        Values.Add(value is string given ? StorableText.Of(given) : value);
        _text.Append(text).Append('$').Append(Values.Count);
        return this;
    }
}

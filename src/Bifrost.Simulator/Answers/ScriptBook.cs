using System.Collections.Concurrent;
using System.Text;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Answers;

/// <summary>Remembers the scripts of the first names it meets, and parses any other anew. A big text is never kept.</summary>
internal sealed class ScriptBook
{
    private const int NamesMax = 1024;
    private const int TextBytesMax = 1 << 20;

    private readonly ConcurrentDictionary<string, ScriptEntry> _known = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>The script that a message names with its first word, as that of the model <paramref name="name"/>.</summary>
    /// <returns>Null when there is no model of that word.</returns>
    public static ScriptEntry? FindAsked(string name, ReadOnlySpan<byte> message)
    {
        var end = message.IndexOf((byte)' ');
        var word = Encoding.UTF8.GetString(end < 0 ? message : message[..end]);
        return ScriptParser.Parse(word) is { } script ? new ScriptEntry(script with { Name = name }) : null;
    }

    /// <returns>Null when there is no such model.</returns>
    public ScriptEntry? Find(string model)
    {
        if (_known.TryGetValue(model, out var known)) return known;
        if (ScriptParser.Parse(model) is not { } script) return null;
        var entry = new ScriptEntry(script);
        if (script.ContentBytes <= TextBytesMax && Volatile.Read(ref _count) < NamesMax && _known.TryAdd(model, entry)) Interlocked.Increment(ref _count);
        return entry;
    }
}

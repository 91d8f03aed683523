using System.Collections.Concurrent;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Answers;

/// <summary>Remembers the scripts of the first names it meets, and parses any other anew. A big text is never kept.</summary>
internal sealed class ScriptBook
{
    private const int NamesMax = 1024;
    private const int TextBytesMax = 1 << 20;

    private readonly ConcurrentDictionary<string, ScriptEntry> _known = new(StringComparer.Ordinal);
    private int _count;

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

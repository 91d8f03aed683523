namespace Bifrost.Providers.Gemini;

/// <summary>What one generation of a model family takes: a row of data.</summary>
internal sealed record GeminiModel
{
    /// <summary>The most output tokens of one answer, thinking included; 0: not known. A higher limit is refused there.</summary>
    public int OutputTokensMax { get; init; } = 65_536;

    /// <summary>The same of an answer that is not streamed; 0: no other.</summary>
    public int PlainOutputTokensMax { get; init; }

    /// <summary>Whether a limit above <see cref="OutputTokensMax"/> is taken, for an answer that is written over several requests.</summary>
    public bool Continues { get; init; }

    /// <summary>Words for the effort of thinking, the lowest first; empty: it is told by a budget, or not at all.</summary>
    public ImmutableArray<string> Levels { get; init; } = [];

    /// <summary>The lowest budget of thinking that is taken; 0: it is not told by a budget.</summary>
    public int BudgetMin { get; init; }

    public int BudgetMax { get; init; }

    /// <summary>Whether a budget of 0 turns thinking off.</summary>
    public bool TurnsOff { get; init; }

    public bool TakesPenalties { get; init; }

    /// <summary>Whether it answers with one choice alone.</summary>
    public bool OneChoice { get; init; }

    /// <summary>Whether it takes instructions of their own; else they stand before the first words of the user.</summary>
    public bool TakesInstructions { get; init; } = true;

    /// <summary>Whether the last message may be the beginning of the answer.</summary>
    public bool Prefills { get; init; } = true;

    /// <summary>Whether schemas are taken as they are; else in the subset of <see cref="SchemaMap"/>.</summary>
    public bool TakesJsonSchema { get; init; } = true;

    /// <summary>Whether functions may stand beside an answer in JSON, and beside the provider's own tools.</summary>
    public bool CombinesTools { get; init; } = true;

    /// <summary>Whether the first call of each earlier step needs its signature, and results of tools may hold images.</summary>
    public bool NeedsSignatures { get; init; } = true;

    /// <summary>Whether signatures and thinking can be sent back.</summary>
    public bool TakesSignatures { get; init; } = true;

    /// <summary>Whether each search of an answer is billed; else an answer that searched counts as one.</summary>
    public bool BillsEachSearch { get; init; } = true;
}

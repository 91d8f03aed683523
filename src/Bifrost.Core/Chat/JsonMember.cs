namespace Bifrost.Core.Chat;

/// <summary>One member of an object: its value, and what has to go with it when it is taken out.</summary>
internal struct JsonMember
{
    public int NameStart;
    public JsonSpan Value;

    /// <summary>End of the value before it; 0 when it is the first member.</summary>
    public int PreviousEnd;

    /// <summary>Start of the next member's name; 0 when it is the last.</summary>
    public int NextName;

    public bool IsNull;

    public readonly bool Exists => Value.Exists;

    /// <summary>The bytes to drop, one comma included where there is one.</summary>
    public readonly JsonSpan Whole =>
        NextName > 0 ? new(NameStart, NextName) : new(PreviousEnd > 0 ? PreviousEnd : NameStart, Value.End);
}

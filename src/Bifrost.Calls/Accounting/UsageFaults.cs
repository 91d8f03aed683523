namespace Bifrost.Calls.Accounting;

/// <summary>What is wrong with the usage that a provider told of one answer.</summary>
[Flags]
internal enum UsageFaults
{
    None = 0,

    /// <summary>It told none.</summary>
    Missing = 1,

    /// <summary>It told a part, or a total only.</summary>
    Partial = 2,

    /// <summary>A part stood there with something that is no count: negative, a fraction, beyond every answer, no number.</summary>
    NoCount = 4,

    /// <summary>No prompt tokens, though a prompt was sent.</summary>
    ZeroPrompt = 8,

    /// <summary>No output tokens beside content, or fewer than its text can be.</summary>
    ZeroOutput = 16,

    /// <summary>More than the bound that the call was admitted with.</summary>
    AboveBound = 32,

    /// <summary>More than the model can do.</summary>
    Impossible = 64,
}

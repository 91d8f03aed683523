namespace Bifrost.Simulation.Attackers;

/// <summary>What an upstream tells of its usage.</summary>
internal enum UsageLie
{
    /// <summary>The truth in the usual words.</summary>
    None,

    /// <summary>The truth as <c>input_tokens</c> and <c>output_tokens</c>.</summary>
    OtherNames,

    /// <summary>The truth with numbers as strings.</summary>
    Texts,

    /// <summary>The truth on every chunk of a stream, as far as it goes.</summary>
    Running,

    /// <summary>The truth first, zeros last; of a plain answer the truth.</summary>
    LateZeros,

    /// <summary>A total alone.</summary>
    TotalOnly,

    /// <summary>Of the prompt alone.</summary>
    PromptOnly,

    /// <summary>Of the output alone.</summary>
    OutputOnly,

    Nothing,
    Zeros,
    Negative,

    /// <summary>More than any model can do.</summary>
    Huge,

    /// <summary>
    /// Half of the truth, which can be: it is the provider's word for what it charges, and so its bill (ledger, rules).
    /// </summary>
    Half,
}

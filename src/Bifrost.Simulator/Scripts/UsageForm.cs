namespace Bifrost.Simulator.Scripts;

/// <summary>How the usage is worded, and whether it is true. The bill is true whatever the answer says.</summary>
internal enum UsageForm
{
    /// <summary>The tokens of the bill under OpenAI's names of chat completions.</summary>
    Plain,

    /// <summary>Under <c>input_tokens</c> and <c>output_tokens</c>.</summary>
    OtherNames,

    /// <summary>Numbers as strings.</summary>
    Texts,

    /// <summary><c>total_tokens</c> alone.</summary>
    TotalOnly,

    /// <summary>Zeros.</summary>
    Zeros,

    /// <summary>Negative numbers.</summary>
    Negative,

    /// <summary>1e300 of everything.</summary>
    Huge,

    /// <summary>In a stream the true usage and then one of zeros; plain: zeros.</summary>
    LateZeros,
}

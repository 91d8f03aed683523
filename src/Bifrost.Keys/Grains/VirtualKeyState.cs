namespace Bifrost.Keys.Grains;

/// <summary>What of a virtual key outlives its activation: window counts and learned ratios (ledger, rate limits).</summary>
[GenerateSerializer, Alias("bifrost.VirtualKeyState")]
internal sealed class VirtualKeyState
{
    [Id(0)] public List<WindowState> Windows { get; set; } = [];
    [Id(1)] public List<RatioState> Ratios { get; set; } = [];
}

/// <summary>One window's count.</summary>
[GenerateSerializer, Alias("bifrost.WindowState")]
internal sealed class WindowState
{
    /// <summary>Empty for the key itself, else the provider of its config.</summary>
    [Id(0)] public string Scope { get; set; } = "";

    [Id(1)] public bool OfTokens { get; set; }
    [Id(2)] public int PeriodCount { get; set; }

    /// <summary>Name of the period's unit.</summary>
    [Id(3)] public string PeriodUnit { get; set; } = "";

    [Id(4)] public bool CalendarAligned { get; set; }
    [Id(5)] public DateTimeOffset Start { get; set; }
    [Id(6)] public long Used { get; set; }
}

/// <summary>What was learned of one model.</summary>
[GenerateSerializer, Alias("bifrost.RatioState")]
internal sealed class RatioState
{
    /// <summary><c>provider/model</c>.</summary>
    [Id(0)] public string Model { get; set; } = "";

    [Id(1)] public int MeanMillionths { get; set; }
    [Id(2)] public int DeviationMillionths { get; set; }

    // The length of its answers, in tokens.
    [Id(3)] public int OutputMean { get; set; }
    [Id(4)] public int OutputDeviation { get; set; }
    [Id(5)] public int OutputAnswers { get; set; }
}

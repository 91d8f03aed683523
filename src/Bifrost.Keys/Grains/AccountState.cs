namespace Bifrost.Keys.Grains;

/// <summary>What of an account outlives its activation: its windows' counts, slices that were out among them.</summary>
[GenerateSerializer, Alias("bifrost.AccountState")]
internal sealed class AccountState
{
    [Id(0)] public WindowState? Requests { get; set; }
    [Id(1)] public WindowState? Tokens { get; set; }
}

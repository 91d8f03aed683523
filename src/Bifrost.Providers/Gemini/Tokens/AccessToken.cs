namespace Bifrost.Providers.Gemini.Tokens;

/// <summary>A token, or why there is none. The token is a secret.</summary>
/// <param name="Value">Null: there is none.</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="Fault">Why there is none, as the end of a sentence.</param>
/// <param name="IsRefused">Whether the credential was refused; else nothing was heard, and another try may do better.</param>
internal sealed record AccessToken(string? Value, DateTimeOffset ExpiresAt, string Fault = "", bool IsRefused = false)
{
    public static AccessToken None(string fault, bool isRefused) => new(null, default, fault, isRefused);

    public override string ToString() => $"AccessToken until {ExpiresAt:O}";
}

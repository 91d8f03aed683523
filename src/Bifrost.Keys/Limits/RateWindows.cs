namespace Bifrost.Keys.Limits;

/// <summary>The request window and the token window of one owner: the key itself, or its config of one provider.</summary>
public sealed class RateWindows
{
    public KeyWindow Requests { get; } = new();
    public KeyWindow Tokens { get; } = new();
}

namespace Bifrost.Server.Composition;

/// <summary>Exit codes of contract section 10.</summary>
internal static class ExitCodes
{
    public const int Stopped = 0;
    public const int Failed = 1;
    public const int BadConfiguration = 2;
}

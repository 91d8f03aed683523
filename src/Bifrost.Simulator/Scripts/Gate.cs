namespace Bifrost.Simulator.Scripts;

/// <summary>Which calls of a name meet its fault; the others are answered as if it had none. Counted per model name and <c>user</c>.</summary>
/// <param name="First">Only the first so many; 0: no such bound.</param>
/// <param name="Every">Only the 1st, (1+n)th, (1+2n)th; 0: every one.</param>
internal readonly record struct Gate(int First, int Every)
{
    public bool Counts => First > 0 || Every > 0;

    /// <param name="call">How many calls of this name and user came before.</param>
    public bool Strikes(long call) => (First == 0 || call < First) && (Every == 0 || call % Every == 0);
}

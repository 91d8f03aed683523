namespace Bifrost.Engine.Tests;

[Alias("test.ICallGrain")]
public interface ICallGrain : IGrainWithStringKey
{
    [Alias("ThrowAtOnce")]
    Task ThrowAtOnce(string message);

    [Alias("ThrowLater")]
    Task<int> ThrowLater(string message);

    /// <summary>Answers when the stage opens.</summary>
    [Alias("Hold")]
    Task<int> Hold();

    /// <summary>As <see cref="Hold"/>, with less patience.</summary>
    [Alias("HoldBriefly"), ResponseTimeout("00:00:01")]
    Task<int> HoldBriefly();

    /// <summary>Asks the next grain of a ring to go on with one step less.</summary>
    [Alias("Pass")]
    Task<int> Pass(string next, int steps);

    /// <summary>As <see cref="Pass"/>, giving up early.</summary>
    [Alias("PassBriefly"), ResponseTimeout("00:00:02")]
    Task<int> PassBriefly(string next, int steps);

    /// <summary>Adds the numbers up in the grain of every suffix, calling each and being called back.</summary>
    [Alias("Ask")]
    Task<int> Ask(string other, int number);

    /// <summary>An ambient value as the grain sees it: the caller's or none.</summary>
    [Alias("SeenAmbient")]
    Task<string?> SeenAmbient();

    [Alias("Double"), AlwaysInterleave]
    Task<int> Double(int number);
}

public sealed class CallGrain : Grain, ICallGrain
{
    public static AsyncLocal<string?> Ambient { get; } = new();

    private Stage Stage => Stage.Of(this.GetPrimaryKeyString());

    public Task ThrowAtOnce(string message) => throw new RefusedException(message);

    public async Task<int> ThrowLater(string message)
    {
        await Task.Yield();
        throw new RefusedException(message);
    }

    public async Task<int> Hold()
    {
        Stage.Enter();
        await Stage.Gate;
        Stage.Note("answered");
        return 1;
    }

    public Task<int> HoldBriefly() => Hold();

    public async Task<int> Pass(string next, int steps) =>
        steps == 0 ? 0 : 1 + await GrainFactory.GetGrain<ICallGrain>(next).Pass(this.GetPrimaryKeyString(), steps - 1);

    public async Task<int> PassBriefly(string next, int steps) =>
        steps == 0 ? 0 : 1 + await GrainFactory.GetGrain<ICallGrain>(next).PassBriefly(this.GetPrimaryKeyString(), steps - 1);

    public async Task<int> Ask(string other, int number)
    {
        var mine = await GrainFactory.GetGrain<ICallGrain>(other).Double(number);
        return mine + 1;
    }

    public Task<string?> SeenAmbient() => Task.FromResult(Ambient.Value);

    public Task<int> Double(int number) => Task.FromResult(number * 2);
}

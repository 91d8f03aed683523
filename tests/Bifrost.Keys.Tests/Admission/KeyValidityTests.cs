using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Keys.Admission;

namespace Bifrost.Keys.Tests.Admission;

public class KeyValidityTests
{
    private static readonly DateTimeOffset s_now = new(2026, 5, 6, 7, 8, 9, TimeSpan.Zero);
    private static readonly VirtualKey s_key = new() { Id = "vk", Name = "team key", Secrets = [] };

    [Theory]
    [InlineData(true, null, KeyValidity.Valid)]
    [InlineData(true, 1, KeyValidity.Valid)]
    [InlineData(true, 0, KeyValidity.Expired)]
    [InlineData(true, -1, KeyValidity.Expired)]
    [InlineData(false, null, KeyValidity.Inactive)]
    [InlineData(false, -1, KeyValidity.Inactive)]
    public void Is_decided_by_the_flag_first_and_then_by_the_end(bool active, int? ticksLeft, KeyValidity validity)
    {
        var key = s_key with { IsActive = active, ExpiresAt = ticksLeft is { } ticks ? s_now.AddTicks(ticks) : null };

        Assert.Equal(validity, KeyValidityRule.Of(key, s_now));
        Assert.Equal(validity == KeyValidity.Valid, KeyValidityRule.Refuse(key, s_now) is null);
    }

    [Fact]
    public void Names_the_key_and_its_end_in_the_refusal()
    {
        Assert.Equal(RefusalReason.VirtualKeyNotFound, KeyValidityRule.Refuse(null, s_now)!.Reason);
        Assert.Equal("Virtual key 'team key' is not active.", KeyValidityRule.Refuse(s_key with { IsActive = false }, s_now)!.Message);
        var expired = KeyValidityRule.Refuse(s_key with { ExpiresAt = s_now }, s_now)!;
        Assert.Equal((RefusalReason.AccessBlocked, "Virtual key 'team key' expired at 2026-05-06T07:08:09Z."), (expired.Reason, expired.Message));
    }
}

using Bifrost.Gateway.Jobs;
using Microsoft.Extensions.Primitives;

namespace Bifrost.Gateway.Tests.Jobs;

/// <summary>What is read of <c>Prefer</c> (RFC 7240).</summary>
public class Preferences
{
    [Theory]
    [InlineData("respond-async", true, null)]
    [InlineData("Respond-Async; x=1", true, null)]
    [InlineData("respond-async, wait=10", true, 10)]
    [InlineData("wait=\"10\"", false, 10)]
    [InlineData("wait = 5 ;q=1, respond-async=\"\"", true, 5)]
    [InlineData("wait=5, wait=9", false, 5)]
    [InlineData("wait=soon, wait=9", false, 9)]
    [InlineData("wait=-1", false, null)]
    [InlineData("respond-async=yes", false, null)]
    [InlineData("foo=\"a, respond-async, wait=3\"", false, null)]
    [InlineData("foo=\"a\\\", respond-async\"", false, null)]
    [InlineData("", false, null)]
    [InlineData(",;=,", false, null)]
    public void Are_what_the_header_says(string header, bool respondAsync, int? waitSeconds) =>
        Assert.Equal(new Preference(respondAsync, waitSeconds), Preference.Read(header));

    [Fact]
    public void Stand_in_one_header_or_in_several() =>
        Assert.Equal(new Preference(true, 4), Preference.Read(new StringValues(["wait=4", "respond-async"])));
}

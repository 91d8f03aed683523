using Bifrost.Catalog.Grains;

namespace Bifrost.Catalog.Tests.Grains;

public class VersionAnnouncementTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Answers_at_once_what_is_newer()
    {
        var announcement = new VersionAnnouncement(_time);
        announcement.Announce(7);

        Assert.Equal(7, await announcement.WaitBeyondAsync(6));
    }

    [Fact]
    public async Task Wakes_everyone_who_waits_and_only_with_something_newer()
    {
        var announcement = new VersionAnnouncement(_time);
        announcement.Announce(5);
        var (five, nine) = (announcement.WaitBeyondAsync(5), announcement.WaitBeyondAsync(9));
        announcement.Announce(5);
        announcement.Announce(3);
        Assert.False(five.IsCompleted);

        announcement.Announce(8);
        Assert.Equal(8, await five.InTimeAsync());
        Assert.False(nine.IsCompleted);

        announcement.Announce(10);
        Assert.Equal(10, await nine.InTimeAsync());
    }

    [Fact]
    public async Task Answers_what_it_knows_after_five_seconds_whatever_rang_meanwhile()
    {
        var announcement = new VersionAnnouncement(_time);
        var waiting = announcement.WaitBeyondAsync(4);
        _time.Advance(TimeSpan.FromSeconds(4));
        announcement.Announce(2);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(2, await waiting.InTimeAsync());
    }
}

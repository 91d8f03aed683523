using Bifrost.Catalog.Grains;

namespace Bifrost.Catalog.Tests.Grains;

public class VersionAnnouncementTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Answers_at_once_what_is_newer()
    {
        var bell = new VersionAnnouncement(_time);
        bell.Ring(7);

        Assert.Equal(7, await bell.WaitBeyondAsync(6));
    }

    [Fact]
    public async Task Wakes_everyone_who_waits_and_only_with_something_newer()
    {
        var bell = new VersionAnnouncement(_time);
        bell.Ring(5);
        var (five, nine) = (bell.WaitBeyondAsync(5), bell.WaitBeyondAsync(9));
        bell.Ring(5);
        bell.Ring(3);
        Assert.False(five.IsCompleted);

        bell.Ring(8);
        Assert.Equal(8, await five.InTimeAsync());
        Assert.False(nine.IsCompleted);

        bell.Ring(10);
        Assert.Equal(10, await nine.InTimeAsync());
    }

    [Fact]
    public async Task Answers_what_it_knows_after_five_seconds_whatever_rang_meanwhile()
    {
        var bell = new VersionAnnouncement(_time);
        var waiting = bell.WaitBeyondAsync(4);
        _time.Advance(TimeSpan.FromSeconds(4));
        bell.Ring(2);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(2, await waiting.InTimeAsync());
    }
}

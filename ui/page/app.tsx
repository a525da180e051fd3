import { useEffect } from 'preact/hooks';
import { type Live, useLive } from './live';
import { type Route, useRoute } from './route';
import { clock } from './text';
import { Queues } from './views';

export function App() {
  const route = useRoute();
  const live = useLive(route.queue);
  useEffect(() => {
    document.title = route.queue === undefined ? 'Queues' : `${route.queue} · Queues`;
  }, [route.queue]);
  return (
    <>
      <header class="top">
        <a class="home" href="#/">
          Queues
        </a>
        <span class="store">{live.list?.store}</span>
      </header>
      <main id="main">
        <View route={route} live={live} />
      </main>
      <div class="toasts" role="status">
        {live.away && (
          <p class="toast toast-bad">
            {live.away.error} What is shown is of {clock(live.away.since)}.
          </p>
        )}
      </div>
    </>
  );
}

function View({ live: { list } }: { route: Route; live: Live }) {
  return list ? <Queues list={list} /> : <p class="loading">Loading …</p>;
}

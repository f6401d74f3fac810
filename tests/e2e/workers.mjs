// The page's workers under a test's control. To be given to `page.addInitScript`.

/** Lets a page hold back, from a given number of messages on, what it says to its workers; and end a worker. */
export const holding = () => {
  const post = Worker.prototype.postMessage;
  window.held = null;
  window.holdAfter = (messages) => (window.held = { messages, posts: [] });
  window.release = () => {
    const { posts } = window.held;
    window.held = null;
    posts.forEach((go) => go());
  };
  const workers = [];
  Worker.prototype.postMessage = function (...message) {
    if (!workers.includes(this)) workers.push(this);
    if (!window.held || window.held.messages-- > 0) return post.apply(this, message);
    window.held.posts.push(() => post.apply(this, message));
  };
  /** As when it throws. */
  window.end = (at) => workers[at].dispatchEvent(new ErrorEvent("error", { message: "unreachable executed" }));
  window.workerCount = () => workers.length;
};

export const withHold = { before: (page) => page.addInitScript(holding) };

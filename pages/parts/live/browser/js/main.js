/** The component: mounts the one live video of the page. */
import {Live} from './live.js';

/** One for the whole page: Streamlit calls the function below again and again. */
let live = null;

export default function ({parentElement, data, setTriggerValue}) {
  live ??= new Live();
  live.show(parentElement.querySelector('.live'), data, setTriggerValue);
  return () => live.leaveSoon();
}
